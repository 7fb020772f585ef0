import ast
from pathlib import Path

from project import functions, named, source_files, tree

# The boundaries of a process: whatever goes wrong inside, it must go on.
BROAD_EXCEPTS_STAND_IN = {
    "enrich/ingress/group_commit.py",
    "enrich/work/worker.py",
}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno
    return function.end_lineno - function.lineno + 1


def test_no_function_is_longer_than_sixty_lines() -> None:
    assert [f"{named(path)}:{each.name}" for path, each in functions() if length(each) > 60] == []


def test_half_of_the_functions_have_nine_lines_or_fewer() -> None:
    lengths = sorted(length(each) for _, each in functions())
    assert lengths[len(lengths) // 2] <= 9


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    assert [named(path) for path in source_files() if len(path.read_text().splitlines()) > 400] == []


def test_no_function_imports() -> None:
    guilty = [
        f"{named(path)}:{function.name}"
        for path, function in functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert guilty == []


def test_no_module_is_called_utils() -> None:
    assert [
        named(path) for path in source_files() if path.stem in {"utils", "util", "common", "helpers", "manager"}
    ] == []


def says_nothing(path: Path) -> bool:
    return bool(path.read_text().strip()) and ast.get_docstring(tree(path)) is None


def test_every_module_says_what_it_is_for() -> None:
    silent = [named(path) for path in source_files() if path.name != "__main__.py" and says_nothing(path)]
    assert silent == []


def test_errors_are_swallowed_whole_only_at_a_boundary() -> None:
    found = {named(path) for path in source_files() if any(map(swallows_everything, ast.walk(tree(path))))}
    assert found == BROAD_EXCEPTS_STAND_IN


def swallows_everything(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler) or not is_broad(node.type):
        return False
    return not any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))


def is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(map(is_broad, caught.elts))
    return caught is None or (isinstance(caught, ast.Name) and caught.id in {"Exception", "BaseException"})
