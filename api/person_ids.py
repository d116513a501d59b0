"""How the id of a person stands in an address: any signs, slashes and line breaks too."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor
from typing_extensions import override

from api.scopes import BELOW_A_PERSON


class PersonId(Convertor[str]):
    """An id; a route for what lies below a person must come before the person's own."""

    regex = "(?s:.*)"

    @override
    def convert(self, value: str) -> str:
        """The id as it is."""
        return value

    @override
    def to_string(self, value: str) -> str:
        """The id as it is."""
        return value


class WholePersonId(PersonId):
    """An id that does not end like what lies below a person: nobody is erased by mistake."""

    regex = PersonId.regex + "".join(f"(?<!/{name})" for name in sorted(BELOW_A_PERSON))


PERSON, WHOLE_PERSON = "/users/{user_id:person}", "/users/{user_id:whole_person}"
register_url_convertor("person", PersonId())
register_url_convertor("whole_person", WholePersonId())
