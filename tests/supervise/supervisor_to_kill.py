"""`python supervisor_to_kill.py <folder>`: an `enrich up` over two small processes."""

import sys
from pathlib import Path

from children import HAS_A_CHILD, SAYS_GOODBYE, child

from enrich.supervise.stack import Stack, supervise

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    supervise(Stack([child("web", SAYS_GOODBYE, folder / "diary", "web"), child("worker", HAS_A_CHILD)], folder))
