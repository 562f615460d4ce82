//! Questions: which are asked, of whom, and what an answer comes to.
