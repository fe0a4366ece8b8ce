"""OpenVINO without its tools, under the name `openvino`.

`import openvino` also imports these, and with them telemetry: it reports every conversion to
OpenVINO's maker over the internet, unless someone has switched it off. Nothing here may send
anything unasked. (Time and memory are not the reason: 4 MB of 330, and no measurable time.)
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
