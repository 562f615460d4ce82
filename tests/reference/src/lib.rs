//! The independent implementation that Inferno is held against: candle's quantized_llama.
