"""OpenVINO GenAI with one model file, asked over standard input and output: a JSON object a line each way.

Started as `python openvino.py FILE THREADS`; says {"ready": VERSION} and then answers
  {"prefill": {"prompt": TOKENS}}                   until the first token
  {"decode": {"prompt": TOKENS, "steps": N}}        N tokens after the first
  {"streams": {"prompts": [TOKENS, …], "steps": N}} N tokens of each prompt, all at once, prompts and tokens together
by {"seconds": S} or {"error": WHY}. Ends with its input.
"""

import json
import os
import sys
import time

# The libraries print on standard output too: the answers get a descriptor of their own.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

# Not from this very folder, where this file has the name of the package.
sys.path = [path for path in sys.path if os.path.abspath(path) != os.path.dirname(os.path.abspath(__file__))]

import numpy
import openvino
import openvino_genai

FILE, THREADS = sys.argv[1], int(sys.argv[2])
# For the keys and values of 16 streams, in GB.
CACHE = 2

pipelines = {}


def loaded(kind):
    """A pipeline, loaded when it is first asked for: in the warm-up."""
    if kind not in pipelines:
        pipelines.clear()
        if kind == "one":
            pipelines[kind] = openvino_genai.LLMPipeline(FILE, "CPU", INFERENCE_NUM_THREADS=THREADS)
        else:
            scheduler = openvino_genai.SchedulerConfig()
            scheduler.cache_size = CACHE
            pipelines[kind] = openvino_genai.ContinuousBatchingPipeline(
                FILE, scheduler, "CPU", {"INFERENCE_NUM_THREADS": THREADS}
            )
    return pipelines[kind]


def tensor(tokens):
    return openvino.Tensor(numpy.array([tokens], dtype=numpy.int64))


def config(steps):
    chosen = openvino_genai.GenerationConfig()
    chosen.max_new_tokens = steps
    chosen.ignore_eos = True
    chosen.do_sample = False
    return chosen


def one(prompt, steps):
    result = loaded("one").generate(tensor(prompt), config(steps))
    assert result.perf_metrics.get_num_generated_tokens() == steps, "another number of tokens came"
    return result.perf_metrics


def prefill(prompt):
    return one(prompt, 1).get_ttft().mean / 1e3


def decode(prompt, steps):
    return one(prompt, steps + 1).get_tpot().mean / 1e3 * steps


def streams(prompts, steps):
    pipeline = loaded("many")
    tensors = [tensor(prompt) for prompt in prompts]
    began = time.perf_counter()
    results = pipeline.generate(tensors, [config(steps) for _ in prompts])
    took = time.perf_counter() - began
    for result in results:
        assert len(result.m_generation_ids[0]) == steps, "another number of tokens came"
    return took


print(json.dumps({"ready": openvino_genai.__version__}), file=answers)
for line in sys.stdin:
    try:
        ((command, arguments),) = json.loads(line).items()
        answer = {"seconds": {"prefill": prefill, "decode": decode, "streams": streams}[command](**arguments)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    print(json.dumps(answer), file=answers)
