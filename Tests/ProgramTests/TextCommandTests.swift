import Foundation
import Lockstep
import TestSupport
import Testing

/// The command line on tables with text.
@Suite(.serialized) struct TextCommandTests {
    /// Reviews that one of two words decides, cities, and classes by name.
    private func table(_ file: String) throws {
        var text = "review,city,kind\n"
        for index in 0..<60 {
            let isGood = index % 2 == 0
            let city = ["Oslo", "Rome", "Zürich"][index % 3]
            text += "\"A \(isGood ? "Great" : "dull") film, no. \(index)!\",\(city),\(isGood ? "good" : "bad")\n"
        }
        try Data(text.utf8).write(to: URL(filePath: file))
    }

    private func model(_ file: String) throws {
        let communicator = SingleProcess()
        let words = TextVectorization(maxTokens: 40, outputMode: .multiHot)
        try words.adapt(Tensor(strings: ["a great film", "a dull film", "great", "dull"]), communicator: communicator)
        let (review, city) = (
            Input([1], type: .string, name: "review"), Input([1], type: .string, name: "city")
        )
        let cities = StringLookup(vocabulary: ["Oslo", "Rome"], outputMode: .oneHot)
        let model = try Model(
            inputs: [review, city],
            outputs: Dense(2, activation: .softmax)(Concatenate()(words(review), cities(city))), seed: 1,
            communicator: communicator)
        try model.compile(
            optimizer: Adam(learningRate: 0.1), loss: .sparseCategoricalCrossentropy, metrics: [.accuracy])
        try model.save(file)
    }

    @Test("text of a table is learned, evaluated and predicted", arguments: [nil, 1, 3])
    func train(ranks: Int?) throws {
        let folder = try Programs.temporaryFolder()
        let (csv, start, trained) = (folder + "/r.csv", folder + "/start.keras", folder + "/trained.keras")
        try table(csv)
        try model(start)
        func run(_ arguments: [String]) throws -> String {
            let outcome = try Programs.run("lockstep", arguments, ranks: ranks)
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
            return outcome.output
        }
        let x = ["--x", "review=\(csv):review", "--x", "city=\(csv):city"]
        _ = try run(
            ["train", start] + x + ["--y", csv + ":kind", "--epochs", "8", "--seed", "1", "--verbose", "0"]
                + ["--validation-split", "0.2", "--output", trained])
        let scores = try run(["evaluate", trained] + x + ["--y", csv + ":kind"])
        #expect(scores.contains("accuracy: 1.0"), "\(scores)")
        let texts = folder + "/texts.txt"
        try Data("so dull\nGREAT!!\n".utf8).write(to: URL(filePath: texts))
        let cities = folder + "/cities.npy"
        try Npy.write(Tensor(strings: ["Rome", "nowhere"]), to: cities)
        _ = try run(["predict", trained, "--x", texts, "--x", cities, "--output", folder + "/y.npy"])
        let y = try Npy.read(folder + "/y.npy")
        #expect(y[0, 0] > 0.5 && y[1, 1] > 0.5, "\(y)")
    }

    @Test("numbers for text are an error of the file")
    func errors() throws {
        let folder = try Programs.temporaryFolder()
        try model(folder + "/m.keras")
        let numbers = fixture("array-f4.npy")
        let outcome = try Programs.run(
            "lockstep", ["predict", folder + "/m.keras", "--x", numbers, "--x", numbers, "--output", folder + "/y.npy"])
        #expect(outcome.status == 1 && outcome.errors.contains("it must hold strings, received: numbers"))
    }
}
