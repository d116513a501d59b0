"""By which code a table is made: a digest of the syntax of everything that makes it.

From the functions that make a table one follows each name that they use, a constant, a function or
a class, also one that only an annotation names, wherever in the package it stands, and so on from
there. Comments, docstrings and the way in which code is written tell nothing; nor does the version
of Python. Of a mapping by tables only the table's own entry counts, so that a change of one table's
code leaves the others as they are.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

PACKAGE = "netflix_pipeline"
PLACES = frozenset((f"{PACKAGE}.lake.folder_lake", f"{PACKAGE}.lake.object_lake"))
"""Modules that say where tables lie, which makes none of them: they are not followed."""
TABLE = re.compile(r"(?:bronze|silver|gold)/\w+")
SAYS_NOTHING = frozenset(("ctx", "kind", "type_comment", "type_ignores"))
ANNOTATIONS = frozenset(("annotation", "returns"))
"""Fields of the syntax that do not matter for what code does; those of annotations name classes."""

_READ_APART = frozenset(
    (ast.Expr, ast.Import, ast.ImportFrom, ast.Attribute, ast.Call, ast.Dict, ast.JoinedStr)
)

Name = tuple[str, str]
"""A module, and a name in it; none for all of it."""


def contract_name(table: str) -> Name:
    """The name that the contract of a table has."""
    stage, name = table.split("/")
    return f"{PACKAGE}.contracts.{stage}", name.upper()


@dataclass
class Module:
    """The names that a module binds at its top: to statements of its own, or to others' names."""

    statements: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imported: dict[str, Name] = field(default_factory=dict)
    rest: list[ast.stmt] = field(default_factory=list)


class Code:
    """The code of a package, that lies below the folder `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._modules: dict[str, Module | None] = {}
        self._read: dict[Name, tuple[bytes, list[Name]]] = {}
        self._lock = Lock()

    def version(self, table: str, makers: list[Name]) -> str:
        """The digest of what makes a table, from those names on; in any thread."""
        read: dict[str, bytes] = {}
        waiting = list(makers)
        with self._lock:
            while waiting:
                module, name = waiting.pop()
                known = f"{module}:{name}"
                if known not in read:
                    read[known], uses = self._reading(module, name, table)
                    waiting += uses
        digest = hashlib.blake2b(digest_size=6)
        for known in sorted(known for known, syntax in read.items() if syntax):
            digest.update(f"{known}\n".encode() + read[known] + b"\n")
        return digest.hexdigest()

    def _reading(self, module: str, name: str, table: str) -> tuple[bytes, list[Name]]:
        """What the statements say that a name stands for, and the names that they use."""
        if (module, name) in self._read:
            return self._read[module, name]
        parsed, reading = self.module(module), _SyntaxReader(self, module, table)
        if parsed is None:
            pass
        elif not name:
            reading.uses += [(module, each) for each in (*parsed.statements, *parsed.imported)]
        elif name in parsed.statements:
            # What a module does when it is imported may change what its names stand for.
            for statement in (*parsed.statements[name], *parsed.rest):
                reading.take(statement)
        elif name in parsed.imported:
            reading.uses.append(parsed.imported[name])
        elif self.module(f"{module}.{name}") is not None:
            reading.uses.append((f"{module}.{name}", ""))
        said = "".join(reading.said).encode(errors="surrogatepass")
        read = said, list(dict.fromkeys(reading.uses))
        if not reading.of_table:
            self._read[module, name] = read
        return read

    def module(self, name: str) -> Module | None:
        """A module of the package; None for any other."""
        if name not in self._modules:
            path = self._root / name.replace(".", "/")
            files = [
                file
                for file in (path.with_suffix(".py"), path / "__init__.py")
                if name.split(".", 1)[0] == PACKAGE and name not in PLACES and file.is_file()
            ]
            self._modules[name] = _module(ast.parse(files[0].read_bytes())) if files else None
        return self._modules[name]


def _module(tree: ast.Module) -> Module:
    parsed = Module()
    for statement in tree.body:
        match statement:
            case ast.Import() | ast.ImportFrom():
                parsed.imported.update(_imports(statement))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                parsed.statements.setdefault(statement.name, []).append(statement)
            case ast.Assign(targets=targets):
                for name in {name for target in targets for name in _bound(target)}:
                    parsed.statements.setdefault(name, []).append(statement)
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                for name in _bound(target):
                    parsed.statements.setdefault(name, []).append(statement)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                for each in ast.walk(statement):
                    if isinstance(each, ast.Import | ast.ImportFrom):
                        parsed.imported.update(_imports(each))
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                parsed.rest.append(statement)
                for name in _bound(statement):
                    parsed.statements.setdefault(name, []).append(statement)
    return parsed


def _bound(part: ast.AST) -> set[str]:
    """The names that a part of a module binds."""
    names: set[str] = set()
    for node in ast.walk(part):
        match node:
            case ast.Name(ctx=ast.Store(), id=name):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import() | ast.ImportFrom():
                names.update(alias.asname or alias.name for alias in node.names)
    return names


def _imports(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Name]]:
    """The names that an import binds, and what they stand for."""
    for alias in statement.names:
        if isinstance(statement, ast.ImportFrom):
            yield alias.asname or alias.name, (statement.module or "", alias.name)
        elif alias.asname:
            yield alias.asname, (alias.name, "")


class _SyntaxReader:
    """Reads statements of a module for a table: what they say, and which names they use."""

    def __init__(self, code: Code, module: str, table: str) -> None:
        self.said: list[str] = []
        self.uses: list[Name] = []
        self.of_table = False
        self._code = code
        self._module = module
        self._table = table

    def take(self, node: ast.AST) -> None:
        """Take in a node and all below it."""
        kind = type(node)
        if kind is ast.Name:
            self._use(node.id)  # type: ignore[attr-defined]
        elif kind in _READ_APART:
            apart = self._apart(node)
            if apart is None:
                return
            node = apart
        said = self.said
        said.append(f"({kind.__name__}")
        for name in kind._fields:
            value = getattr(node, name, None)
            if value is None or value == [] or name in SAYS_NOTHING:
                continue
            before = len(said)
            said.append(f" {name}=")
            for each in value if isinstance(value, list) else (value,):
                if isinstance(each, ast.AST):
                    self.take(each)
                else:
                    said.append(f"{type(each).__name__}:{each!r} ")
            if name in ANNOTATIONS:
                del said[before:]
        said.append(")")

    def _use(self, name: str) -> None:
        parsed = self._code.module(self._module)
        if parsed is not None and (name in parsed.statements or name in parsed.imported):
            self.uses.append((self._module, name))

    def _apart(self, node: ast.AST) -> ast.AST | None:
        """What is to be taken in for a node; None where that is nothing, or done."""
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                return None  # a docstring
            case ast.Import() | ast.ImportFrom():
                self.uses += [name for _, name in _imports(node)]
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                if whole := self._whole(name):
                    self.uses.append((whole, attribute))
                    self.said.append(f"({whole}.{attribute})")
                    return None
            case ast.Call(func=ast.Name(id="contract"), args=[ast.Constant(value=str() as table)]):
                if TABLE.fullmatch(table):
                    self.uses.append(contract_name(table))
            case ast.Dict():
                return self._own(node)
            case ast.JoinedStr():
                return ast.JoinedStr(list(_joined(node.values)))
        return node

    def _whole(self, name: str) -> str | None:
        """The module that a name stands for."""
        parsed = self._code.module(self._module)
        module, own = (parsed.imported.get(name) if parsed else None) or ("", "")
        whole = f"{module}.{own}" if own else module
        return whole if whole and self._code.module(whole) is not None else None

    def _own(self, node: ast.Dict) -> ast.Dict:
        """A mapping without the entries of other tables."""
        tables = [
            key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
            for key in node.keys
        ]
        self.of_table |= any(map(TABLE.fullmatch, tables))
        kept = [
            at
            for at, table in enumerate(tables)
            if table == self._table or not TABLE.fullmatch(table)
        ]
        return ast.Dict([node.keys[at] for at in kept], [node.values[at] for at in kept])


def _joined(values: list[ast.expr]) -> Iterator[ast.expr]:
    """The parts of a formatted text, with plain texts that stand side by side as one."""
    text = ""
    for value in values:
        if isinstance(value, ast.Constant):
            text += str(value.value)
            continue
        if text:
            yield ast.Constant(text)
        text = ""
        yield value
    if text:
        yield ast.Constant(text)
