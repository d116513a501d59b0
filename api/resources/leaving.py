"""`/leaving`: who is expected to leave, by segment, and how well that was known before."""

from fastapi import APIRouter, Request, Response

from api.resource import answer, resource
from netflix_pipeline.serving.questions.leaving import LeavingQuestion

router = APIRouter(tags=["users"])


@resource(router, "/leaving", LeavingQuestion, "Who is expected to leave")
async def leaving(request: Request) -> Response:
    """Expected losses of 28 days from the newest origin on, by country, plan, device and tenure.

    A person is active with a play in the 28 days before, and leaves without one in the 28 after.
    Segments of fewer than 10 persons are told together. `accuracy` says how well it would have been
    known at the newest cut-off that can be judged; `tenths` is its lift chart.
    """
    return await answer(request, LeavingQuestion())
