"""Personal data in raw sheets: which columns identify persons."""
