"""Makes strings.json and strings.keras, from real Keras: layers on text, the vocabularies that they find, and what they give.

    PYTHON Tests/Fixtures/strings.py        # a Python with keras 3.15.1 and tensorflow-cpu

A row of `layers` is one layer as Keras serializes it, the texts that it adapts to, if any, with the vocabulary and the weights that it
finds, and inputs with their outputs. `strings.keras` is a model of text, categories and numbers whose vocabularies come from data;
`model` holds its inputs, its outputs and a training of it. `crossing` is a crossing of words and numbers, and what it gives.
`strings-*.npy` are the words in the forms that NumPy has for them.
"""

import json
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
import tensorflow as tf

FOLDER = os.path.dirname(os.path.abspath(__file__))
L = keras.layers

# Punctuation of ASCII and of others, cases, accents in one piece and in two, blanks that split and blanks that do not, emoji of several
# scalars, scripts without cases, a byte order mark, and texts of no tokens.
TEXTS = [
    "The quick, brown Fox!", "the QUICK brown fox", "", "   ", "a\tb\nc\x0bd\x0ce\rf", "don't \"stop\" (now) [or] {never} <go>",
    "ÉCOLE école E\u0301cole e\u0301cole", "no\u00a0break\u2003em\u3000wide\u0085next\u2028line", "👩‍👩‍👧 👍🏽 🎉🎉", "Ünïcödé STRASSE straße İstanbul",
    "1,000.50 $5 50% a_b a-b a/b a\\b ~x~ `y` ^z^ @me #tag &co = +1 *;:?|", "“quoted” — dash… ¿qué? «là»", "\ufeffmark mark",
    "中文 文字 中文", "the the the fox fox a", "!!! ??? ...", "z y x w v u t s r q p o n m", "[UNK] unk [unk]",
    "a very long token: " + "abcdefghij" * 9, "x",
]
WORDS = [
    ["Oslo", "Rome", "oslo"], ["", "Rome", "[UNK]"], ["Zürich", "Zu\u0308rich", "東京"], ["Rome", "a b", " a b "], ["👍", "👍🏽", "Oslo"],
    ["!", "\u00a0", "\t"],
]
LENGTHS = [["".join(chr(97 + (n * i) % 26) for i in range(n))] for n in (0, 1, 3, 4, 7, 8, 9, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200)]
VOCABULARY = ["Rome", "Oslo", "東京", "Zürich"]

# Name: the layer, the texts that it adapts to or None, and the input.
ROWS = {
    "lookup": (lambda: L.StringLookup(), WORDS, WORDS),
    "lookup_most": (lambda: L.StringLookup(max_tokens=4), WORDS, WORDS),
    "lookup_mask": (lambda: L.StringLookup(mask_token=""), WORDS, WORDS),
    "lookup_mask_word": (lambda: L.StringLookup(mask_token="Rome", oov_token="Oslo", num_oov_indices=2), WORDS, WORDS),
    "lookup_given": (lambda: L.StringLookup(vocabulary=VOCABULARY), None, WORDS),
    "lookup_given_full": (lambda: L.StringLookup(vocabulary=["", "[UNK]"] + VOCABULARY, mask_token=""), None, WORDS),
    "lookup_none": (lambda: L.StringLookup(vocabulary=VOCABULARY, num_oov_indices=0), None, [["Rome", "Oslo"], ["東京", "Rome"]]),
    "lookup_oov": (lambda: L.StringLookup(vocabulary=["a"], num_oov_indices=97), None, LENGTHS),
    "lookup_salt": (lambda: L.StringLookup(vocabulary=["a"], num_oov_indices=97, salt=[133, 137]), None, LENGTHS),
    "lookup_one_hot": (lambda: L.StringLookup(output_mode="one_hot"), WORDS, WORDS),
    "lookup_one_hot_one": (lambda: L.StringLookup(vocabulary=VOCABULARY, output_mode="one_hot"), None, [[w] for r in WORDS for w in r]),
    "lookup_multi_hot": (lambda: L.StringLookup(output_mode="multi_hot", mask_token=""), WORDS, WORDS),
    "lookup_count": (lambda: L.StringLookup(output_mode="count", num_oov_indices=2, vocabulary=VOCABULARY), None, WORDS),
    "lookup_pad": (lambda: L.StringLookup(output_mode="count", max_tokens=30, pad_to_max_tokens=True), WORDS, WORDS),
    "lookup_idf": (lambda: L.StringLookup(output_mode="tf_idf"), WORDS, WORDS),
    "lookup_idf_pad": (lambda: L.StringLookup(output_mode="tf_idf", max_tokens=30, pad_to_max_tokens=True, mask_token=""), WORDS, WORDS),
    "lookup_idf_given": (
        lambda: L.StringLookup(output_mode="tf_idf", vocabulary=VOCABULARY, idf_weights=[0.25, 0.5, 0.75, 1.5]), None, WORDS),
    "text": (lambda: L.TextVectorization(), TEXTS, TEXTS),
    "text_length": (lambda: L.TextVectorization(output_sequence_length=4, max_tokens=12), TEXTS, TEXTS),
    "text_long": (lambda: L.TextVectorization(output_sequence_length=40), TEXTS, TEXTS),
    "text_lower": (lambda: L.TextVectorization(standardize="lower"), TEXTS, TEXTS),
    "text_strip": (lambda: L.TextVectorization(standardize="strip_punctuation"), TEXTS, TEXTS),
    "text_plain": (lambda: L.TextVectorization(standardize=None), TEXTS, TEXTS),
    "text_characters": (lambda: L.TextVectorization(split="character"), TEXTS, TEXTS),
    "text_whole": (lambda: L.TextVectorization(split=None), TEXTS, TEXTS),
    "text_whole_words": (lambda: L.TextVectorization(split=None, standardize="lower", output_sequence_length=2), WORDS, WORDS),
    "text_whole_wide": (lambda: L.TextVectorization(split=None, output_sequence_length=5), WORDS, WORDS),
    "text_whole_ngrams": (lambda: L.TextVectorization(split=None, ngrams=2, output_mode="count"), WORDS, WORDS),
    "text_ngrams": (lambda: L.TextVectorization(ngrams=3), TEXTS, TEXTS),
    "text_ngrams_some": (lambda: L.TextVectorization(ngrams=(3, 2), output_sequence_length=6), TEXTS, TEXTS),
    "text_ngrams_characters": (lambda: L.TextVectorization(ngrams=2, split="character", output_mode="multi_hot"), TEXTS, TEXTS),
    "text_multi_hot": (lambda: L.TextVectorization(output_mode="multi_hot"), TEXTS, TEXTS),
    "text_count": (lambda: L.TextVectorization(output_mode="count", max_tokens=20), TEXTS, TEXTS),
    "text_pad": (lambda: L.TextVectorization(output_mode="count", max_tokens=99, pad_to_max_tokens=True), TEXTS, TEXTS),
    "text_idf": (lambda: L.TextVectorization(output_mode="tf_idf"), TEXTS, TEXTS),
    "text_idf_most": (lambda: L.TextVectorization(output_mode="tf_idf", max_tokens=9), TEXTS, TEXTS),
    "text_idf_pad": (lambda: L.TextVectorization(output_mode="tf_idf", max_tokens=99, pad_to_max_tokens=True, ngrams=2), TEXTS, TEXTS),
    "text_given": (lambda: L.TextVectorization(vocabulary=["the", "fox", "quick"]), None, TEXTS),
    "text_given_idf": (
        lambda: L.TextVectorization(vocabulary=["the", "fox"], idf_weights=[0.5, 2.0], output_mode="tf_idf"), None, TEXTS),
    "hashing": (lambda: L.Hashing(1000), None, WORDS),
    "hashing_lengths": (lambda: L.Hashing(1_000_000), None, LENGTHS),
    "hashing_salt": (lambda: L.Hashing(1_000_000, salt=[133, 137]), None, LENGTHS),
    "hashing_count": (lambda: L.Hashing(5, output_mode="count"), None, WORDS),
}


def strings(texts):
    """Texts as a matrix of strings."""
    rows = [[text] if isinstance(text, str) else text for text in texts]
    array = np.empty((len(rows), len(rows[0])), dtype=object)
    array[:] = rows
    return array


def array(values):
    values = np.asarray(values)
    return {"shape": list(values.shape), "values": [float(f"{v:.9g}") for v in values.astype("f8").ravel()]}


def row(name):
    make, texts, x = ROWS[name]
    layer = make()
    row = {"name": name, "layer": keras.saving.serialize_keras_object(make()), "x": strings(x).tolist()}
    if texts is not None:
        layer.adapt(strings(texts))
        lookup = getattr(layer, "_lookup_layer", layer)
        row["data"] = strings(texts).tolist()
        row["vocabulary"] = [str(token) for token in layer.get_vocabulary(include_special_tokens=False)]
        if layer.get_config()["output_mode"] == "tf_idf":
            row["weights"] = array(lookup.idf_weights)
    row["y"] = array(layer(tensor(strings(x))))
    return row


def tensor(values):
    return tf.constant(values.tolist())


def model():
    keras.utils.set_random_seed(1)
    text = keras.Input((), dtype="string", name="text")
    city = keras.Input((2,), dtype="string", name="city")
    price = keras.Input((3,), name="price")
    tokens = L.TextVectorization(max_tokens=30, output_sequence_length=6, name="tokens")
    weighted = L.TextVectorization(output_mode="tf_idf", ngrams=2, max_tokens=25, name="weighted")
    cities, shared = L.StringLookup(name="cities"), L.StringLookup(vocabulary=["Rome", "Oslo"], output_mode="count", name="given")
    texts, words = strings(TEXTS), strings([(WORDS[i % 6][0], WORDS[i % 5][1]) for i in range(len(TEXTS))])
    tokens.adapt(texts), weighted.adapt(texts), cities.adapt(words)
    parts = [
        L.GlobalAveragePooling1D()(L.Embedding(30, 3)(tokens(text))), weighted(text),
        L.Flatten()(L.Embedding(12, 2)(cities(city))), shared(city), price,
    ]
    x = L.Dense(4, activation="tanh")(L.Concatenate()([L.Rescaling(1.0)(part) for part in parts]))
    model = keras.Model([text, city, price], L.Dense(2, activation="softmax")(x), name="strings")
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    model.save(os.path.join(FOLDER, "strings.keras"))
    random = np.random.default_rng(3)
    numbers = random.normal(size=(len(TEXTS), 3)).astype("f4")
    y = (np.arange(len(TEXTS)) % 3 == 0).astype("f4")
    inputs = [tensor(texts[:, 0]), tensor(words), tensor(numbers)]
    result = {"text": texts.tolist(), "city": words.tolist(), "price": array(numbers), "y": array(y), "outputs": array(model(inputs))}
    history = model.fit(inputs, tensor(y), epochs=3, batch_size=len(TEXTS), shuffle=False, verbose=0)
    result["history"] = {name: array(values) for name, values in history.history.items()}
    return result


def crossing():
    layer = L.HashedCrossing(1_000_000)
    words, numbers = strings([row[0] for row in LENGTHS + WORDS]), np.arange(-3, len(LENGTHS + WORDS) - 3)[:, None]
    y = layer([tensor(words), tensor(numbers), tensor(words[::-1])])
    return {
        "layer": keras.saving.serialize_keras_object(layer), "words": words.tolist(), "numbers": array(numbers),
        "others": words[::-1].tolist(), "y": array(y)}


if __name__ == "__main__":
    with open(os.path.join(FOLDER, "strings.json"), "w") as file:
        content = {"layers": [row(name) for name in ROWS], "model": model(), "crossing": crossing()}
        json.dump(content, file, indent=None, ensure_ascii=False)
        file.write("\n")
    words = strings(WORDS).astype(str)
    np.save(os.path.join(FOLDER, "strings-unicode.npy"), words)
    np.save(os.path.join(FOLDER, "strings-big.npy"), np.asfortranarray(words.astype(words.dtype.newbyteorder(">"))))
    np.save(os.path.join(FOLDER, "strings-bytes.npy"), np.char.encode(words, "utf-8"))
