"""Asks an API by the client that openapi-python-client made of its description.

Run by that program's own Python, which has what such a client needs: `generated_client.py FOLDER
ADDRESS KEY`, with the client as the package `viewing` in the folder. It reads what is to be asked,
a JSON array of objects with the `group` and the `operation`, `arguments`, and the `model` that a
`body` is of. It prints of each the `status`, what came, and what the client `read` of that.
"""

import importlib
import json
import sys
from typing import Any


def asked(client: Any, what: dict[str, Any]) -> dict[str, Any]:
    """One operation."""
    arguments = dict(what["arguments"])
    if "body" in arguments:
        models = importlib.import_module("viewing.models")
        arguments["body"] = getattr(models, what["model"]).from_dict(arguments["body"])
    module = importlib.import_module(f"viewing.api.{what['group']}.{what['operation']}")
    answer = module.sync_detailed(client=client, **arguments)
    read = answer.parsed
    return {
        "status": answer.status_code,
        "came": answer.content.decode(),
        "read": read.to_dict() if hasattr(read, "to_dict") else read,
    }


def main(folder: str, address: str, key: str) -> None:
    """Ask all of it."""
    sys.path.insert(0, folder)
    make = importlib.import_module("viewing").AuthenticatedClient
    client = make(base_url=address, token=key, timeout=60, httpx_args={"trust_env": False})
    told = [asked(client, what) for what in json.load(sys.stdin)]
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
