"""Pure values and rules: no input or output, no logging, no clock but a draft's defaults."""
