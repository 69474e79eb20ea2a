import LockstepCompute
import LockstepFormats
import LockstepGraph
import LockstepLayers
import TestSupport
import Testing

/// Oracles: real Keras, by `Tests/Fixtures/initializers.py`; Keras's formulas for limit and deviation
/// (`keras/src/initializers`), with bounds of five standard errors.
@Suite struct InitializerTests {
    private func values(_ initializer: Initializer, _ inputs: Int = 200, _ units: Int = 300, seed: UInt64 = 1) throws
        -> Tensor
    {
        let graph = try Graph(sequence: [
            InputLayer([inputs]), Dense(units, useBias: false, kernelInitializer: initializer),
        ])
        let arena = Arena(graph.weights)
        arena.initialize(seed: seed)
        return arena.weights[0].value
    }

    private func deviation(_ tensor: Tensor) -> Double {
        (tensor.elements.reduce(0) { $0 + Double($1) * Double($1) } / Double(tensor.count)).squareRoot()
    }

    @Test("uniform ones fill their limits")
    func uniform() throws {
        for (initializer, limit) in [
            (Initializer.glorotUniform, (6.0 / 500).squareRoot()), (.heUniform, (6.0 / 200).squareRoot()),
            (.lecunUniform, (3.0 / 200).squareRoot()), (.randomUniform, 0.05),
        ] {
            let largest = try values(initializer).elements.map { Double(abs($0)) }.max()!
            #expect(largest <= limit * 1.000001 && largest > limit * 0.999)
            #expect(abs(deviation(try values(initializer)) - limit / 3.0.squareRoot()) < 0.01 * limit)
        }
    }

    @Test("normal ones have their deviation; the cut ones end at two of the uncut")
    func normal() throws {
        for (initializer, expected, cut) in [
            (Initializer.glorotNormal, (2.0 / 500).squareRoot(), true), (.heNormal, (2.0 / 200).squareRoot(), true),
            (.lecunNormal, (1.0 / 200).squareRoot(), true), (.randomNormal, 0.05, false),
            (.truncatedNormal, 0.05 * 0.8796, true),
            (
                .varianceScaling(scale: 3, mode: .fanOut, distribution: .untruncatedNormal), (3.0 / 300).squareRoot(),
                false
            ),
        ] {
            let tensor = try values(initializer)
            #expect(abs(deviation(tensor) - expected) < 5 * expected / (2.0 * 60_000).squareRoot())
            let largest = tensor.elements.map { Double(abs($0)) }.max()!
            #expect((largest <= 2.0001 * expected / 0.8796) == cut)
        }
    }

    @Test("constants, identity and orthogonal rows or columns")
    func exact() throws {
        #expect(try values(.constant(3)).elements.allSatisfy { $0 == 3 })
        #expect(try values(.identity(gain: 2), 3, 4) == Tensor(rows: [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0]]))
        for (inputs, units) in [(30, 20), (20, 30), (16, 16)] {
            let q = try values(.orthogonal(gain: 2), inputs, units)
            let product = try inputs >= units ? matmul(q, q, transposed: .first) : matmul(q, q, transposed: .second)
            let expected = Tensor.zeros(product.shape)
            for index in 0..<min(inputs, units) { expected[index, index] = 4 }
            #expect((product - expected).elements.allSatisfy { abs($0) < 1e-5 })
        }
        #expect(throws: LayerError.self) {
            try Graph(sequence: [InputLayer([2]), Dense(2, biasInitializer: .orthogonal)])
        }
    }

    @Test("the model's seed decides, and an initializer's own goes before it")
    func seeds() throws {
        #expect(try values(.glorotUniform, seed: 1) == values(.glorotUniform, seed: 1))
        #expect(try values(.glorotUniform, seed: 1) != values(.glorotUniform, seed: 2))
        #expect(try values(.randomNormal(seed: 9), seed: 1) == values(.randomNormal(seed: 9), seed: 2))
        #expect(try Initializer.named("he_normal") == .heNormal)
        #expect(try Initializer.named("GlorotUniform") == .glorotUniform)
        #expect(try Initializer.named("constant") == .constant(0))
        #expect(throws: LayerError.self) { try Initializer.named("he") }
    }

    struct Row: Sendable, CustomStringConvertible {
        let description: String
        let configuration: ConfigurationValue
        let shape: Shape
        /// What Keras fills; nil if that is random.
        let values: [Double]?

        var className: String { configuration["class_name"]?.string ?? "" }
        var initializer: Initializer {
            get throws { try Initializer(LayerArguments(["it": configuration], of: .layer("layer")).argument("it")) }
        }

        func filled() throws -> [Double] {
            let arena = try Arena(Graph(sequence: [InputLayer([1]), Filled(shape, initializer)]).weights)
            arena.initialize(seed: 1)
            return arena.weights[0].value.elements.map(Double.init)
        }
    }

    private static let known: ConfigurationValue = {
        let file = fixture("initializers.json")
        return try! Json.parse(FileBytes.read(file), file: file)
    }()
    static let rows: [Row] = known["rows"]!.object!.sorted { $0.key < $1.key }.map { name, row in
        let dimensions = row["shape"]!.list!.map { Int($0.number!) }
        return Row(
            description: name, configuration: row["it"]!, shape: Shape(dimensions),
            values: row["values"]?.list?.map { $0.number! })
    }

    @Test("every initializer comes back from Keras's configuration", arguments: rows)
    func configuration(_ row: Row) throws {
        // Null and a missing argument mean the same, and 1.0 is 1.
        func compared(_ value: ConfigurationValue) -> ConfigurationValue {
            if let number = value.number { return ConfigurationValue(number) }
            if let values = value.list { return .list(values.map(compared)) }
            guard let values = value.object else { return value }
            let isTransform = values["side"] != nil
            return .object(values.filter { isTransform || $0.value != .null }.mapValues(compared))
        }
        #expect(try compared(row.initializer.configurationValue) == compared(row.configuration))
    }

    @Test("initializers that are not random have Keras's values", arguments: rows.filter { $0.values != nil })
    func values(_ row: Row) throws {
        let filled = try row.filled()
        #expect(relativeError(filled, try #require(row.values)) < 2e-6, "\(filled)")
    }

    @Test(
        "random initializers have the mean, deviation and bounds of their formulas",
        arguments: rows.filter { $0.values == nil && $0.className != "Orthogonal" })
    func distribution(_ row: Row) throws {
        let values = try row.filled()
        let expected = try Moments(row)
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        #expect(abs(mean - expected.mean) < 5 * expected.deviation / count.squareRoot())
        let square = expected.deviation * expected.deviation
        #expect(abs(variance - square) < 5 * square * (2 / count).squareRoot())
        let (lowest, highest) = (values.min()!, values.max()!)
        if let bound = expected.bound {
            let slack = 1e-6 * (abs(expected.mean) + bound)
            #expect(lowest >= expected.mean - bound - slack && highest <= expected.mean + bound + slack)
            #expect(lowest < expected.mean - 0.98 * bound && highest > expected.mean + 0.98 * bound)
        } else {
            #expect(lowest < expected.mean - 3 * expected.deviation && highest > expected.mean + 3 * expected.deviation)
        }
    }

    @Test(
        "orthogonal initializers have orthogonal rows or columns of the length of their gain",
        arguments: rows.filter { $0.className == "Orthogonal" })
    func orthogonal(_ row: Row) throws {
        let (values, columns) = (try row.filled(), row.shape.last!)
        let rows = values.count / columns
        let gain = row.configuration["config"]?["gain"]?.number ?? 1
        let (vectors, length) = (min(rows, columns), max(rows, columns))
        func element(_ vector: Int, _ place: Int) -> Double {
            rows < columns ? values[vector * columns + place] : values[place * columns + vector]
        }
        for first in 0..<vectors {
            for second in 0..<vectors {
                let product = (0..<length).reduce(0) { $0 + element(first, $1) * element(second, $1) }
                #expect(abs(product - (first == second ? gain * gain : 0)) < 1e-5)
            }
        }
    }

    @Test("none of Keras's initializers and none of their names is left out")
    func all() throws {
        let names = try #require(Self.known["names"]?.object)
        #expect(Set(Self.rows.map(\.className)) == Set(names.values.compactMap(\.string)))
        for (name, className) in names {
            let expected = try Initializer.named(#require(className.string))
            #expect(try Initializer.named(name) == expected, "\(name)")
            // As the class name of an object, too.
            let object = ConfigurationValue.object(["class_name": .string(name), "config": [:]])
            let argument = LayerArguments(["it": object], of: .layer("layer")).argument("it")
            #expect(try Initializer(argument) == expected, "\(name)")
        }
    }

    @Test("initializers that cannot fill a weight, or cannot be read, are errors that name the argument")
    func mistakes() throws {
        func fill(_ shape: Shape, _ initializer: Initializer) throws {
            _ = try Graph(sequence: [InputLayer([1]), Filled(shape, initializer)])
        }
        func requirement(_ text: String, _ shape: Shape) -> LayerError {
            .initializer(parameter: "it/it", requirement: text, received: shape)
        }
        let shape = "the shape [frame, 1, frequencies] with two frequencies or more"
        #expect(throws: requirement(shape, [4, 2, 3])) { try fill([4, 2, 3], .stft()) }
        #expect(throws: requirement(shape, [4, 1, 1])) { try fill([4, 1, 1], .stft()) }
        #expect(throws: requirement("a first dimension of 2, as its window has", [3, 1, 2])) {
            try fill([3, 1, 2], .stft(window: [1, 2]))
        }
        #expect(throws: requirement("dimensions [0] and [2]", [3, 4])) {
            try fill([3, 4], .varianceScaling(axes: Initializer.FanAxes(input: [0], output: [2])))
        }
        #expect(
            throws: LayerError.argument(
                layer: "it", name: "the scale of the initializer of its it", requirement: "a positive number",
                received: "0.0")
        ) { try fill([3, 4], .varianceScaling(scale: 0)) }
        for (className, name, value) in [
            ("STFT", "side", "left"), ("STFT", "window", "kaiser"), ("STFT", "scaling", "none"),
            ("VarianceScaling", "mode", "fan"), ("VarianceScaling", "distribution", "cauchy"),
            ("GlorotUniform", "seed", "five"), ("Identity", "gain", "large"), ("HeNormal", "scale", "2"),
        ] as [(String, String, ConfigurationValue)] {
            let object = ConfigurationValue.object(["class_name": .string(className), "config": .object([name: value])])
            let argument = LayerArguments(["it": object], of: .layer("layer")).argument("it")
            let error = #expect(throws: LayerError.self) { try Initializer(argument) }
            guard case .argument("layer", "it.\(name)", _, "\(value)") = error else {
                Issue.record("\(className) \(name): \(String(describing: error))")
                continue
            }
        }
    }
}

/// The mean, the deviation and the bounds around the mean of a random initializer, by the formulas in Keras's
/// documentation.
private struct Moments {
    let mean, deviation: Double
    /// Nil if values have no bound.
    let bound: Double?

    init(_ row: InitializerTests.Row) throws {
        let arguments = try #require(row.configuration["config"])
        func number(_ name: String) throws -> Double { try #require(arguments[name]?.number) }
        // The deviation of a standard normal distribution that is cut at two deviations.
        let cut = 0.87962566103423978
        let scalings: [String: (Double, String, String)] = [
            "GlorotUniform": (1, "fan_avg", "uniform"), "GlorotNormal": (1, "fan_avg", "truncated_normal"),
            "HeUniform": (2, "fan_in", "uniform"), "HeNormal": (2, "fan_in", "truncated_normal"),
            "LecunUniform": (1, "fan_in", "uniform"), "LecunNormal": (1, "fan_in", "truncated_normal"),
        ]
        switch row.className {
        case "RandomNormal": (mean, deviation, bound) = (try number("mean"), try number("stddev"), nil)
        case "TruncatedNormal":
            (mean, deviation, bound) = (try number("mean"), try number("stddev") * cut, try number("stddev") * 2)
        case "RandomUniform":
            let (low, high) = (try number("minval"), try number("maxval"))
            (mean, deviation, bound) = ((low + high) / 2, (high - low) / 12.0.squareRoot(), (high - low) / 2)
        default:
            let (scale, mode, distribution) =
                try scalings[row.className]
                ?? (
                    number("scale"), #require(arguments["mode"]?.string), #require(arguments["distribution"]?.string)
                )
            let sizes = row.shape.dimensions.map(Double.init)
            var (fanIn, fanOut) = (sizes[0], sizes[0])
            if let input = arguments["input_axes"]?.list, let output = arguments["output_axes"]?.list {
                func product(_ axes: [ConfigurationValue]) -> Double {
                    axes.reduce(1) { $0 * sizes[(Int($1.number!) + sizes.count) % sizes.count] }
                }
                (fanIn, fanOut) = (product(input), product(output))
            } else if sizes.count > 1 {
                let field = sizes.dropLast(2).reduce(1, *)
                (fanIn, fanOut) = (sizes[sizes.count - 2] * field, sizes[sizes.count - 1] * field)
            }
            let fan = ["fan_in": fanIn, "fan_out": fanOut, "fan_avg": (fanIn + fanOut) / 2][mode]!
            mean = 0
            deviation = (scale / fan).squareRoot()
            bound = ["uniform": 3.0.squareRoot() * deviation, "truncated_normal": 2 * deviation / cut][distribution]
        }
    }
}

/// A layer with one weight of a shape.
private final class Filled: Layer {
    let properties = LayerProperties(name: "it")
    private let shape: Shape
    private let initializer: Initializer

    init(_ shape: Shape, _ initializer: Initializer) { (self.shape, self.initializer) = (shape, initializer) }

    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try weights.add("it", shape, initializer)
    }

    func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] { inputs }
}
