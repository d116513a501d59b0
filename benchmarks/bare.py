"""The least that FastAPI can do: what the API's own resources are measured against."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/bare")
async def bare() -> dict[str, str]:
    """Answers at once."""
    return {"status": "alive"}
