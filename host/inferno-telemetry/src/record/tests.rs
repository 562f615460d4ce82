//! The recorder second by second, on clocks that the tests hold.
