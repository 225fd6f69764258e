//! Kit of the tests.
