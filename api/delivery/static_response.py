"""Content that stays the same while the service runs: pages, scripts, the description."""

import asyncio
import hashlib
from collections.abc import Mapping

from fastapi import Request, Response

from api.delivery import negotiation


class StaticResponse:
    """Sent compressed as the asker likes, and not at all when it has it already."""

    def __init__(
        self, content: bytes, media_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self._media_type = media_type
        self._headers = headers or {}
        self._tag = hashlib.blake2b(content, digest_size=12).hexdigest()
        self._contents = {"identity": content}

    async def response(self, request: Request) -> Response:
        """The answer to a request."""
        content = self._contents["identity"]
        coding = negotiation.coding(request.headers.get("accept-encoding"), len(content))
        tag = f'"{self._tag}{"" if coding == "identity" else f"-{coding}"}"'
        headers = {
            "ETag": tag,
            # Asked again each time, and then mostly answered by a 304: an upgrade shows at once.
            "Cache-Control": "public, no-cache",
            "Vary": "Accept, Accept-Encoding",
            **self._headers,
        }
        header = request.headers.get("if-none-match", "")
        if header == "*" or tag in header:
            return Response(status_code=304, headers=headers)
        if coding not in self._contents:
            self._contents[coding] = await asyncio.to_thread(
                negotiation.compressed, content, coding
            )
        if coding != "identity":
            headers["Content-Encoding"] = coding
        return Response(self._contents[coding], media_type=self._media_type, headers=headers)
