"""LibreOffice Calc as a host of the worksheet functions, and as the independent calculator of the tests."""
