"""LibreOffice Calc as a host of the worksheet functions, and as the independent calculator of the tests.

What Calc does otherwise than Excel, and what becomes of it:

- a blank cell arrives as 0: `names` tells it apart in files; in a formula typed in Calc it stays 0;
- an error inside a range gives ``#VALUE!`` before we are called; in assumptions the error itself passes through;
- of two arguments that are error cells the right one shows, in Excel the left one;
- an error cell keeps a function from being called: in Calc type ``=TCO_LAST_ERROR(ISERROR(A1))``, the newest
  sentence of all; files are mapped and get the newest of the cell's kind of error;
- assumptions must be a reference: an array constant there is ``#VALUE!``;
- TRUE is 1, a date its serial number; a table needs an array formula, nothing spills;
- a saved file holds 15 digits, rounded from 17: the last can differ by 1 from the value over UNO, which is exact.
"""
