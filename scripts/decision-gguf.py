#!/usr/bin/env python3
"""Makes a decision model of a chat model: a copy of the GGUF with what llama.cpp's server needs to answer /v1/systemone.

    decision-gguf.py CHAT.gguf DECISION.gguf           # makes it
    decision-gguf.py CHAT.gguf DECISION.gguf PORT      # and serves it, until it is ended

Needs `pip install gguf`; to serve it, `pip install xllamacpp`, which is llama.cpp's server. The weights are the same. The copy says that it is of the kind `openjev`, which reads the
probabilities of the letters A, B, ... where the answer begins, and has a template of that name. A model that was not
trained for it is a poor judge; this is for trying the form out.
"""

import sys
import time

from gguf import GGUFReader, GGUFValueType, GGUFWriter

TEMPLATE = """<|im_start|>system
Answer with the letter of one option.<|im_end|>
<|im_start|>user
{{ state | tojson }}

{{ instructions }}
{% for option in options %}{{ 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[loop.index0] }}. {{ option.key }}{% if option.description %}: {{ option.description }}{% endif %}
{% endfor %}<|im_end|>
<|im_start|>assistant
"""

# What the writer writes by itself.
OWN = {"GGUF.version", "GGUF.tensor_count", "GGUF.kv_count", "general.architecture"}


def make(source: str, target: str) -> None:
    reader = GGUFReader(source)
    architecture = reader.get_field("general.architecture").contents()
    writer = GGUFWriter(target, architecture)
    for field in reader.fields.values():
        if field.name not in OWN:
            kind = field.types[0]
            inner = field.types[-1] if kind == GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), kind, inner)
    writer.add_string(f"{architecture}.decision.type", "openjev")
    writer.add_string("tokenizer.chat_template.systemone", TEMPLATE)
    writer.add_array("tokenizer.chat_templates", ["systemone"])
    for tensor in reader.tensors:
        writer.add_tensor_info(
            tensor.name, tensor.data.shape, tensor.data.dtype, tensor.data.nbytes, tensor.tensor_type
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor in reader.tensors:
        writer.write_tensor_data(tensor.data)
    writer.close()


def serve(model: str, port: int) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_parallel = 1
    params.n_ctx = 4096
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.n_threads_http = 2
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    make(sys.argv[1], sys.argv[2])
    if len(sys.argv) == 4:
        serve(sys.argv[2], int(sys.argv[3]))
