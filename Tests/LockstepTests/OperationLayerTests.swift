import Foundation
import Lockstep
import LockstepFormats
import LockstepLayers
import TestSupport
import Testing

/// Oracle: real Keras, which wrote the models and computed the predictions (`Tests/Fixtures/operations.py`). With
/// `check` that script reads what `written` writes to a file.
@Suite("Operations between layers") struct OperationLayerTests {
    private static let models = try! Json.parse(
        Array(Data(contentsOf: URL(filePath: fixture("operations.json")))), file: "operations.json"
    ).object!

    private static func model(_ name: String) throws -> Model {
        try Model.fromJSON(Json.text(models[name]!, file: ""), communicator: SingleProcess())
    }

    @Test("an operation that Keras wrote computes what Keras does, and comes back", arguments: models.keys.sorted())
    func keras(_ name: String) throws {
        let known = try Npz.read(fixture("operations.npz"))
        let model = try Self.model(name)
        let x = try model.inputNames.map { known["\(name)/\($0)"]! }
        #expect(relativeError(try model.predict(x), known["\(name)/y"]!) < 2e-6)
        let again = try Model.fromJSON(model.toJSON(), communicator: SingleProcess())
        #expect(try again.toJSON() == model.toJSON())
        #expect(try again.predict(x) == model.predict(x))
        // Keras's nodes, but for versions.
        #expect(try Self.nodes(Json.parse(Array(model.toJSON().utf8), file: "")) == Self.nodes(Self.models[name]!))
    }

    /// The operations of a model with their options and calls.
    private static func nodes(_ model: ConfigurationValue) -> [ConfigurationValue] {
        (model["config"]?["layers"]?.list ?? []).filter { $0["module"]?.string?.contains(".ops.") == true }.map {
            var node = $0.object!
            node["inbound_nodes"] = .list((node["inbound_nodes"]?.list ?? []).map(positional))
            return .object(node)
        }
    }

    /// A call with all arguments by position, which say the same as by name. Truth values are numbers here.
    private static func positional(_ call: ConfigurationValue) -> ConfigurationValue {
        func plain(_ value: ConfigurationValue) -> ConfigurationValue {
            if let list = value.list { return .list(list.map(plain)) }
            if case .bool(let flag) = value { return .real(flag ? 1 : 0) }
            guard var fields = value.object else { return value }
            if fields["dtype"] != nil { fields["dtype"] = "a number" }
            return .object(fields.mapValues(plain))
        }
        let named = (call["kwargs"]?.object ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        return plain(.list((call["args"]?.list ?? []) + named))
    }

    @Test("every operation has a row")
    func complete() {
        let names = Self.models.values.flatMap { Self.nodes($0).compactMap { $0["class_name"]?.string } }
        #expect(Set(KerasOperation.all.keys) == Set(names))
    }

    @Test("Keras reads what is written", .enabled(if: ProcessInfo.processInfo.environment["OPERATIONS_FILE"] != nil))
    func written() throws {
        let written = try Self.models.keys.map { name in
            (name, try Json.parse(Array(Self.model(name).toJSON().utf8), file: ""))
        }
        let text = try Json.text(.object(Dictionary(uniqueKeysWithValues: written)), file: "")
        try text.write(
            toFile: ProcessInfo.processInfo.environment["OPERATIONS_FILE"]!, atomically: true, encoding: .utf8)
    }

    /// What is written in Swift for each of these rows.
    private static func described(_ name: String, _ x: [SymbolicTensor]) -> SymbolicTensor? {
        switch name {
        case "add": x[0] + x[1]
        case "add_number": 2 + x[0]
        case "subtract_from": 1 - x[0]
        case "multiply_number": x[0] * 2
        case "divide": x[0] / (x[1] + 3)
        case "divide_by": 3 / (x[0] + 4)
        case "maximum_number": maximum(x[0], 0.1)
        case "power": pow(x[0], 2)
        case "matmul": matmul(x[0], x[1])
        case "negative": -x[0]
        case "absolute": abs(x[0])
        case "exp": exp(x[0])
        case "log": log(x[0] + 2)
        case "sqrt": sqrt(x[0] + 2)
        case "rsqrt": rsqrt(x[0] + 2)
        case "square": square(x[0])
        case "cast": cast(cast(x[0] * 9, to: .int32), to: .float32)
        case "relu": relu(x[0])
        case "sigmoid": sigmoid(x[0])
        case "tanh": tanh(x[0])
        case "softmax": softmax(x[0])
        case "mean": mean(x[0], axes: [0])
        case "sum": sum(x[0], axes: [-1], keepDims: true)
        case "max": max(x[0])
        case "reshape": reshape(x[0], [2, 6])
        case "transpose": transpose(x[0], [2, 0, 1])
        case "concatenate": concatenate([x[0], x[1]], axis: 0)
        case "flip": reverse(x[0], axis: 0)
        case "add_array": x[0] + Tensor([1, -2, 0.5])
        case "equal": cast(equal(relu(x[0]), 0), to: .float32)
        case "not_equal": cast(unequal(relu(x[0]), 0), to: .float32)
        case "greater": cast(greater(x[0], x[1]), to: .float32)
        case "greater_equal": cast(greaterOrEqual(x[0], 0.25), to: .float32)
        case "where": select(greater(x[0], 0), log(x[0]), x[1])
        case "log1p": log1p(x[0])
        case "expm1": expm1(x[0])
        case "sin": sin(x[0] * 9)
        case "cos": cos(x[0] * 9)
        case "tan": tan(x[0])
        case "arcsin": asin(x[0])
        case "arccos": acos(x[0])
        case "arctan": atan(x[0] * 9)
        case "arctan2": atan2(x[0], x[1])
        case "erf": erf(x[0])
        case "ceil": ceil(x[0] * 9)
        case "floor": floor(x[0] * 9)
        case "round": round(x[0] * 9)
        case "sign": sign(x[0])
        case "stop_gradient": stopGradient(x[0])
        case "one_hot": oneHot(argmax(x[0]), depth: 3)
        case "item_step": slice(slice(x[0], axis: 0, 0..<4, step: 2), axis: 1, 1..<3)
        default: nil
        }
    }

    @Test("operators and functions between layers compute what Keras does", arguments: models.keys.sorted())
    func described(_ name: String) throws {
        let known = try Npz.read(fixture("operations.npz"))
        let x = try Self.model(name).inputNames.map { known["\(name)/\($0)"]! }
        let inputs = x.map { Input($0.shape.row) }
        guard let output = Self.described(name, inputs) else { return }
        let model = try Model(inputs: inputs, outputs: output, communicator: SingleProcess())
        #expect(relativeError(try model.predict(x), known["\(name)/y"]!) < 2e-6)
        let again = try Model.fromJSON(model.toJSON(), communicator: SingleProcess())
        #expect(try again.predict(x) == model.predict(x))
    }

    @Test("an operation across the batch, an unknown one and one with other ranks are refused")
    func refused() throws {
        let text = try Json.text(Self.models["mean"]!, file: "")
        for (part, other, message) in [
            ("\"axis\":1", "\"axis\":0", "axis must be a dimension behind the batch"),
            ("\"axis\":1", "\"axis\":null", "axis must be dimensions behind the batch, not all"),
            ("\"Mean\"", "\"Nothing\"", "unknown operation, received: 'Nothing'"),
            ("\"keepdims\"", "\"keepdim\"", "keepdim must be left out for Mean"),
        ] {
            let changed = text.replacingOccurrences(of: " ", with: "").replacingOccurrences(of: part, with: other)
            #expect {
                _ = try Model.fromJSON(changed)
            } throws: {
                "\($0)".contains(message)
            }
        }
        let (a, b) = (Input([4, 3]), Input([3]))
        #expect(
            throws: LayerError.input(
                layer: "add", requirement: "have as many dimensions as the first, [4, 3]", received: [3])
        ) {
            _ = try Model(inputs: [a, b], outputs: a + b)
        }
    }

    /// Oracle: the formula. The file has the form that tf-keras's `Node.serialize` and `tf_op_layer.py` give it.
    @Test("TensorFlow's functions in files of Keras 2 are the same operations")
    func tensorFlow() throws {
        let model = try Model.load(fixture("model-tensorflow.json"), communicator: SingleProcess())
        let x = Tensor.uniform([5, 4, 3], low: -1, seed: 4)
        let y = try model.predict(x)
        #expect(y.shape == [5, 6])
        for row in 0..<5 {
            for column in 0..<3 {
                let z = (0..<4).map { 1 - Double(x[row * 12 + $0 * 3 + column]) }
                let mean = z.reduce(0, +) / 4
                #expect(Swift.abs(Double(y[row * 6 + column]) - z[3]) < 1e-6)
                #expect(Swift.abs(Double(y[row * 6 + 3 + column]) - mean) < 1e-6)
            }
        }
        let again = try Model.fromJSON(model.toJSON(), communicator: SingleProcess())
        #expect(try again.predict(x) == y)
        let text = try String(contentsOfFile: fixture("model-tensorflow.json"), encoding: .utf8)
        #expect {
            _ = try Model.fromJSON(text.replacingOccurrences(of: "\"nn.relu\"", with: "\"linalg.inv\""))
        } throws: {
            "\($0)".contains("unknown TensorFlow function, received: 'linalg.inv'")
        }
    }
}
