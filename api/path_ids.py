"""Ids in the paths of resources: any signs, slashes and line breaks too."""

from starlette.convertors import Convertor, register_url_convertor
from typing_extensions import override

from api.path_segments import coded, id_in
from api.security.scopes import BELOW_A_PERSON


class Id(Convertor[str]):
    """An id; a route for what lies below it must come before its own."""

    regex = "(?s:.*)"

    @override
    def convert(self, value: str) -> str:
        """The id as it is stored."""
        return id_in(value)

    @override
    def to_string(self, value: str) -> str:
        """The id as it stands in a path."""
        return coded(value)


class WholeId(Id):
    """An id that does not end like what lies below a person: nobody is erased by mistake."""

    regex = Id.regex + "".join(f"(?<!/{name})" for name in sorted(BELOW_A_PERSON))


register_url_convertor("id", Id())
register_url_convertor("whole_id", WholeId())

PERSON, WHOLE_PERSON = "/users/{user_id:id}", "/users/{user_id:whole_id}"
HOUSEHOLD = "/households/{household:id}"
TITLE = "/titles/{title_id:id}"
