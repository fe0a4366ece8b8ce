"""OpenVINO without its tools, under the name `openvino`.

`import openvino` also imports these: a tenth of a second and more, and with them what reports every
conversion to its maker over the internet, unless somebody has told it not to. Nothing here may talk
to anybody unasked.
"""

import sys
from importlib import import_module
from types import ModuleType

_TOOLS = "openvino.tools"


def _without_tools() -> ModuleType:
    if "openvino" in sys.modules:
        return import_module("openvino")
    # So Python says that there is no such module, and OpenVINO does without it.
    sys.modules[_TOOLS] = None  # type: ignore[assignment]
    try:
        return import_module("openvino")
    finally:
        # Whoever wants them can import them.
        del sys.modules[_TOOLS]


openvino = _without_tools()
