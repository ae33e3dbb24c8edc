"""The worksheet functions, one line each. Excel, LibreOffice, the shell, the help and the tests read this table."""

from engine import costs, finance
from workbook.registry import Function, function

FUNCTIONS: tuple[Function, ...] = (
    function("TCO_POWER", costs.power, "TCO costs", example="=TCO_POWER(22400,1296,0.083)"),
    function("TCO_CRF", finance.crf, "TCO finance", example="=TCO_CRF(8%,3)"),
)

FUNCTIONS_BY_NAME = {f.name: f for f in FUNCTIONS}
