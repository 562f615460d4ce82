//! From a model file to a graph, its weights, a tokenizer and a chat template.
