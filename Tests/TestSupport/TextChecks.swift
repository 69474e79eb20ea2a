import Lockstep
import LockstepLayers

/// Models of text on ranks. Oracles: what Keras finds and computes, and one rank.
let textChecks: [Check] = [
    Check("vocabularies that are found in texts, and what they give, are Keras's") { communicator in
        for row in TextRow.all {
            let layer = try row.adapted(on: communicator)
            let found = (layer as? StringLookup)?.vocabulary ?? (layer as? TextVectorization)?.vocabulary
            if let vocabulary = row.vocabulary {
                try expect(
                    found.map { $0.map { Array($0.utf8) } } == vocabulary.map { Array($0.utf8) },
                    "\(row): \(found ?? [])")
            }
            if let weights = row.weights, let found = (layer as? any LookupLayer)?.idfWeights {
                try expect(relativeError(found.elements.map(Double.init), weights) < 1e-6, "\(row): \(found)")
            }
            let model = try TextRow.model(of: layer, row: row.x.shape.row, communicator: communicator)
            for isEverywhere in [true, false] {
                let x = isEverywhere || communicator.rank == 0 ? row.x : nil
                let y = try model.predict(x, batchSize: 5)
                try expect(y.shape == row.y.shape, "\(row): \(y.shape), not \(row.y.shape)")
                try expect(relativeError(y, row.y) < 1e-6, "\(row): \(y.elements)")
            }
        }
    },
    Check("words and numbers cross into Keras's bins") { communicator in
        let (layer, x, y) = try TextRow.crossing()
        let (words, others) = (Input([1], type: .string, name: "words"), Input([1], type: .string, name: "others"))
        let numbers = Input([1], type: .int32, name: "numbers")
        let bins = layer.outputs(of: [words, numbers, others])[0]
        let model = try Model(inputs: [words, numbers, others], outputs: bins, communicator: communicator)
        for isEverywhere in [true, false] {
            let received = try model.predict(isEverywhere || communicator.rank == 0 ? x : nil, batchSize: 4)
            try expect(received.type == .int32 && received.shape == y.shape, "\(received.type) \(received.shape)")
            try expect(received.integers.map(Float.init) == y.elements, "\(received)")
        }
    },
    Check("a model of texts, categories and numbers trains as in Keras, with data everywhere or on rank 0") {
        communicator in
        let known = try TextRow.training()
        for isEverywhere in [true, false] {
            let hasData = isEverywhere || communicator.rank == 0
            let (x, y) = (hasData ? known.x : nil, hasData ? known.y : nil)
            let model = try Model.load(fixture("strings.keras"), seed: 1, communicator: communicator)
            try expect(model.inputTypes == [.string, .string, .float32], "the types of the inputs")
            try expect(relativeError(try model.predict(x), known.outputs) < 1e-5, "outputs")
            let history = try model.fit(x, y, epochs: 3, batchSize: known.y.count, verbose: 0, shuffle: false)
            for (name, values) in known.history {
                let received = history[name] ?? []
                try expect(
                    relativeError(received, values.elements.map(Double.init)) < 1e-5, "\(name): \(received)")
            }
            _ = try model.evaluate(x, y, verbose: 0)
            let scores = try model.trainOnBatch(x, y)
            try expect(scores.loss.isFinite, "\(scores)")
        }
    },
    Check("texts of any length train to the bits of one rank") { communicator in
        let texts = TextRow.all.first { $0.name == "text" }!.x
        func outcome(_ communicator: any Communicator, isEverywhere: Bool) throws -> Outcome {
            let words = TextVectorization(maxTokens: 20)
            let hasData = isEverywhere || communicator.rank == 0
            try words.adapt(hasData ? texts : nil, communicator: communicator)
            let model = Sequential(
                [words, Embedding(20, 4, maskZero: true), LSTM(3), Dense(1)], seed: 1, communicator: communicator)
            try model.compile(optimizer: .adam, loss: .mse)
            let y = sample([texts.rowCount], seed: 4)
            let history = try model.fit(
                hasData ? texts : nil, hasData ? y : nil, epochs: 2, batchSize: 7, verbose: 0, validationSplit: 0.2,
                reproducibility: .acrossRanks(microShards: 4))
            return Outcome(history: history, weights: try model.weights)
        }
        let expected = try outcome(SingleProcess(), isEverywhere: true)
        for isEverywhere in [true, false] {
            try expectSameBits(try outcome(communicator, isEverywhere: isEverywhere), expected, "\(isEverywhere)")
        }
    },
    Check("text in place of numbers, numbers in place of text and unknown strings are errors on all ranks") {
        communicator in
        let known = try TextRow.training()
        let model = try Model.load(fixture("strings.keras"), seed: 1, communicator: communicator)
        func wrong(_ message: String, _ body: () throws -> Void) throws {
            try expectThrow(message, { "\($0)".contains(message) }, body)
        }
        var x = known.x
        x["city"] = sample([known.y.count, 2], seed: 1)
        try wrong("x['city']: strings are expected, received: float32 numbers") { _ = try model.predict(x) }
        x = known.x
        x["price"] = x["city"]
        try wrong("x['price']: float32 numbers are expected, received: strings") { _ = try model.predict(x) }
        x = known.x
        x["city"] = x["text"]
        try wrong("rows of x['city'] must have the shape [2] of the model's input, received: [1]") {
            _ = try model.predict(x)
        }
        let strict = try TextRow.model(
            of: StringLookup(numOovIndices: 0, vocabulary: ["a", "b"], name: "strict"), row: [1],
            communicator: communicator)
        let words = try Tensor(strings: ["a", "b", "a", "b", "c"], shape: [5, 1])
        let rule = "strings of the vocabulary, because numOovIndices is 0"
        try wrong("layer 'strict': the input must be \(rule), received: \"c\" in row 4") {
            _ = try strict.predict(words)
        }
        let lookup = StringLookup(name: "lookup")
        try wrong("layer 'lookup': vocabulary must be given, or found by adapt before the model is built") {
            _ = try TextRow.model(of: lookup, row: [1], communicator: communicator).predict(words)
        }
        try wrong("data: strings are expected, received: float32 numbers") {
            try lookup.adapt(sample([3], seed: 1), communicator: communicator)
        }
        // All continue.
        try expect(try model.predict(known.x).shape == known.outputs.shape, "the model predicts")
    },
]
