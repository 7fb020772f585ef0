"""Every source we listen to, one line each."""

from collections.abc import Callable, Mapping

from enrich.sources import sevenrooms, toast, typeform
from enrich.sources.contract import Reader, Source
from enrich.sources.toast.reader import ToastReader
from enrich.venues import ReaderAccess

SOURCES: Mapping[str, Source] = {
    source.name: source
    for source in (
        sevenrooms.SOURCE,
        toast.SOURCE,
        typeform.SOURCE,
    )
}

READERS: Mapping[str, Callable[[ReaderAccess], Reader]] = {
    toast.SOURCE.name: ToastReader,
}
