import LockstepCompute
import LockstepFormats
import LockstepLayers
import TestSupport
import Testing

/// Oracle: real Keras, whose loss is the mean over rows.
@Suite struct LossTests {
    static let cases: [(String, any FusedLoss, outputs: String, targets: String)] = [
        ("mean_squared_error", MeanSquaredError(), "logits", "real"),
        ("mean_absolute_error", MeanAbsoluteError(), "logits", "real"),
        ("binary_crossentropy", BinaryCrossentropy(), "probabilities", "binary"),
        ("binary_crossentropy_logits", BinaryCrossentropy(fromLogits: true), "logits", "binary"),
        ("binary_crossentropy_smooth", BinaryCrossentropy(labelSmoothing: 0.2), "probabilities", "binary"),
        ("categorical_crossentropy", CategoricalCrossentropy(), "probabilities", "onehot"),
        ("categorical_crossentropy_unnormalized", CategoricalCrossentropy(), "unnormalized", "onehot"),
        ("categorical_crossentropy_logits", CategoricalCrossentropy(fromLogits: true), "logits", "onehot"),
        ("categorical_crossentropy_smooth", CategoricalCrossentropy(labelSmoothing: 0.1), "probabilities", "onehot"),
        ("categorical_crossentropy_extreme", CategoricalCrossentropy(), "extreme", "extreme_onehot"),
        ("binary_crossentropy_extreme", BinaryCrossentropy(), "extreme", "extreme_onehot"),
        ("sparse_categorical_crossentropy", SparseCategoricalCrossentropy(), "probabilities", "labels"),
        ("sparse_categorical_crossentropy_logits", SparseCategoricalCrossentropy(fromLogits: true), "logits", "labels"),
    ]

    let crew: Crew

    init() throws { crew = try Crew(threads: 3, instructionSet: .selected()) }

    /// Oracle: each row by itself.
    @Test("many rows, added up in blocks by several threads")
    func blocks() throws {
        let (rows, columns) = (4001, 10)
        let p = sample([rows, columns], seed: 1).map { abs($0) + 0.01 }
        let onehot = try toCategorical(Tensor((0..<rows).map { Float($0 * 7 % columns) }))
        for loss in [MeanSquaredError(), CategoricalCrossentropy()] as [any FusedLoss] {
            let gradient = Tensor.full(p.shape, .nan)
            let sum = crew.together { loss.fusedSum(outputs: p, targets: onehot, gradient: gradient, on: crew) }
            var expected = 0.0
            for row in 0..<rows {
                let slope = Tensor.zeros([1, columns])
                expected += loss.fusedSum(
                    outputs: p.rows(row..<row + 1), targets: onehot.rows(row..<row + 1), gradient: slope, on: crew)
                #expect(sameBits(slope, gradient.rows(row..<row + 1)))
            }
            #expect(abs(sum - expected) < 1e-9 * expected)
        }
        let accuracy = try kernel(.accuracy, outputs: [columns], targets: [columns])
        let right = (0..<rows).filter { row in
            (0..<columns).max { p[row, $0] < p[row, $1] } == row * 7 % columns
        }.count
        #expect(crew.together { accuracy.sum(outputs: p, targets: onehot, on: crew) } == Double(right))
    }

    /// Oracle: each row by itself, times its weight.
    @Test("rows that count differently", arguments: 0..<cases.count)
    func weights(_ number: Int) throws {
        let known = try Npz.read(fixture("losses.npz"))
        let (name, loss, outputs, targets) = Self.cases[number]
        let (p, t) = (known[outputs]!, known[targets]!)
        let weights = Tensor((0..<p.rowCount).map { Float($0) * 0.75 })
        let gradient = Tensor.full(p.shape, .nan)
        let sum = loss.fusedSum(outputs: p, logits: nil, targets: t, weights: weights, gradient: gradient, on: crew)
        var expected = 0.0
        for row in 0..<p.rowCount {
            let slope = Tensor.zeros([1, p.shape[1]])
            let rows = row..<row + 1
            expected +=
                Double(weights[row])
                * loss.fusedSum(outputs: p.rows(rows), targets: t.rows(rows), gradient: slope, on: crew)
            #expect(sameBits(gradient.rows(rows), slope * weights[row]), "\(name), row \(row)")
        }
        #expect(abs(sum - expected) < 1e-12 * expected, "\(name)")
    }

    @Test("values and gradients of every loss", arguments: 0..<cases.count)
    func keras(_ number: Int) throws {
        let known = try Npz.read(fixture("losses.npz"))
        let (name, loss, outputs, targets) = Self.cases[number]
        let (p, t) = (known[outputs]!, known[targets]!)
        let gradient = Tensor.full(p.shape, .nan)
        let rows = Double(p.rowCount)
        let sum = loss.fusedSum(outputs: p, targets: t, gradient: gradient, on: crew)
        #expect(relativeError([sum / rows], [Double(known[name]![0])]) < 2e-6)
        #expect(loss.fusedSum(outputs: p, targets: t, gradient: nil, on: crew) == sum)
        #expect(relativeError(gradient / Float(rows), known[name + "_gradient"]!) < 1e-5)
    }

    /// A loss of probabilities, the same of logits, what lies between, and targets of as many columns as `saturated`
    /// has.
    static let logitLosses: [(any FusedLoss, ofLogits: any FusedLoss, ActivationFunction, targets: String)] = [
        (CategoricalCrossentropy(), CategoricalCrossentropy(fromLogits: true), .softmax, "onehot"),
        (SparseCategoricalCrossentropy(), SparseCategoricalCrossentropy(fromLogits: true), .softmax, "labels"),
        (BinaryCrossentropy(), BinaryCrossentropy(fromLogits: true), .sigmoid, "binary"),
        (
            BinaryCrossentropy(labelSmoothing: 0.2), BinaryCrossentropy(fromLogits: true, labelSmoothing: 0.2),
            .sigmoid, "binary"
        ),
        (
            CategoricalCrossentropy(labelSmoothing: 0.1),
            CategoricalCrossentropy(fromLogits: true, labelSmoothing: 0.1), .softmax,
            "onehot"
        ),
    ]

    /// Oracle: the same loss from logits, which Keras confirms above.
    @Test("behind softmax and sigmoid value and gradient are those of the logits", arguments: 0..<logitLosses.count)
    func fused(_ number: Int) throws {
        let known = try Npz.read(fixture("losses.npz"))
        let logits = known["logits"]!
        let (loss, ofLogits, activation, targets) = Self.logitLosses[number]
        #expect(loss.takesLogits(of: activation) && !ofLogits.takesLogits(of: activation))
        let (gradient, expected) = (Tensor.zeros(logits.shape), Tensor.zeros(logits.shape))
        let t = known[targets]!
        let value = loss.fusedSum(
            outputs: try activation(logits), logits: logits, targets: t, gradient: gradient, on: crew)
        let reference = ofLogits.fusedSum(outputs: logits, targets: t, gradient: expected, on: crew)
        #expect(relativeError([value], [reference]) < 1e-6)
        #expect(relativeError(gradient, expected) < 1e-5)
    }

    /// Oracle: central differences of the value, where probabilities round to 0 and 1 too.
    @Test(
        "behind softmax and sigmoid value and gradient agree for logits from -100 to 100",
        arguments: 0..<logitLosses.count)
    func saturated(_ number: Int) throws {
        let (loss, _, activation, targets) = Self.logitLosses[number]
        let rows: [[Float]] = [
            [100, -100, 0, 40, 99], [-100, -100, -100, -100, -100], [20, -20, 17, 0.5, -0.5], [1, 2, 3, 4, 5],
            [0, 0, 0, 0, 88],
            [-16, -17, 16, 17, 15],
        ]
        let logits = try Tensor(rows.flatMap { $0 }).reshaped([rows.count, 5])
        // Each column is a target of some row.
        let labels = Tensor((0..<rows.count).map { Float($0 % 5) })
        let t = targets == "labels" ? labels : try toCategorical(labels, classes: 5)
        func value(_ logits: Tensor, _ gradient: Tensor? = nil) throws -> Double {
            loss.fusedSum(outputs: try activation(logits), logits: logits, targets: t, gradient: gradient, on: crew)
        }
        let gradient = Tensor.full(logits.shape, .nan)
        _ = try value(logits, gradient)
        let step: Float = 1.0 / 64
        for position in 0..<logits.count {
            let (above, below) = (logits.copy(), logits.copy())
            above[position] += step
            below[position] -= step
            let difference = try (value(above) - value(below)) / Double(2 * step)
            #expect(abs(Double(gradient[position]) - difference) < 2e-5, "\(loss.name), position \(position)")
        }
    }

    @Test("no rows are no loss; what is not a number is told")
    func edges() {
        for (_, loss, _, targets) in Self.cases {
            let isSparse = targets == "labels"
            let none = loss.fusedSum(
                outputs: Tensor.zeros([0, 5]), targets: Tensor.zeros(isSparse ? [0] : [0, 5]),
                gradient: Tensor.zeros([0, 5]), on: crew)
            #expect(none == 0)
            let broken = Tensor.full([1, 5], .nan)
            #expect(
                loss.fusedSum(outputs: broken, targets: Tensor.zeros(isSparse ? [1] : [1, 5]), gradient: nil, on: crew)
                    .isNaN)
        }
    }

    @Test("requirements of targets")
    func requirements() {
        let (mse, sparse) = (MeanSquaredError(), SparseCategoricalCrossentropy())
        #expect(mse.requirement(targets: [3] as Shape, outputs: [3]) == nil)
        #expect(mse.requirement(targets: [] as Shape, outputs: [1]) == nil)
        #expect(mse.requirement(targets: [2] as Shape, outputs: [3]) != nil)
        #expect(sparse.requirement(targets: [] as Shape, outputs: [3]) == nil)
        #expect(sparse.requirement(targets: [1] as Shape, outputs: [3]) == nil)
        #expect(sparse.requirement(targets: [3] as Shape, outputs: [3]) != nil)
        for (targets, outputs) in [([1, 1], [1]), ([3, 1], [3]), ([3], [3, 1])] as [(Shape, Shape)] {
            #expect(mse.requirement(targets: targets, outputs: outputs) == nil, "\(targets), \(outputs)")
        }
        #expect(mse.requirement(targets: [1, 3] as Shape, outputs: [3]) != nil)
        #expect(sparse.requirement(targets: [1, 1] as Shape, outputs: [3]) == nil)
        #expect(sparse.requirement(targets: [1, 1, 1] as Shape, outputs: [3]) != nil)
    }

    @Test("values of targets that a loss takes, and the first that it does not")
    func values() {
        let (nan, inf) = (Float.nan, Float.infinity)
        let many = 1 << 24 + 5
        for (loss, targets, columns, wrong) in [
            (MeanSquaredError(), [-3e38, 0, 3e38], 1, nil), (BinaryCrossentropy(), [0, 0.3, 1], 1, nil),
            (BinaryCrossentropy(), [0, 1, 1.001], 1, 2), (BinaryCrossentropy(), [-0.5, 2], 1, 0),
            (BinaryCrossentropy(), [1, nan], 1, 1),
            (CategoricalCrossentropy(), [0, 2, 0.5], 3, nil), (CategoricalCrossentropy(), [0, -1], 3, 1),
            (CategoricalCrossentropy(), [inf], 3, 0), (SparseCategoricalCrossentropy(), [0, 2, 1], 3, nil),
            (SparseCategoricalCrossentropy(), [0, 3], 3, 1), (SparseCategoricalCrossentropy(), [0, 1.5], 3, 1),
            (SparseCategoricalCrossentropy(), [-1], 3, 0), (SparseCategoricalCrossentropy(), [nan], 3, 0),
            // 16777217 is this as a float.
            (SparseCategoricalCrossentropy(), [16_777_215, 16_777_216], many, 1),
        ] as [(any FusedLoss, [Float], Int, Int?)] {
            let violation = loss.targetValues.violation(in: Tensor(targets), outputs: [columns])
            #expect(violation?.position == wrong, "\(loss.name): \(targets)")
        }
        let requirement = SparseCategoricalCrossentropy().targetValues.violation(
            in: Tensor([16_777_216]), outputs: [many])?.requirement
        #expect(requirement == "whole class numbers from 0 to 16777215, for float32 cannot tell larger ones apart")
        #expect(
            BinaryCrossentropy().targetValues.violation(in: Tensor([2]), outputs: [1])?.requirement
                == "numbers from 0 to 1")
    }

    @Test("names")
    func names() throws {
        #expect(try Losses.named("mse").name == "mean_squared_error")
        #expect(try Losses.named("MSE").name == "mean_squared_error")
        #expect(try Losses.named("MeanSquaredError").name == "mean_squared_error")
        #expect(throws: LayerError.self) { try Losses.named("msee") }
    }
}

@Suite struct MetricTests {
    let crew: Crew

    init() throws { crew = try Crew(threads: 1, instructionSet: .selected()) }

    /// Oracle: Keras's rules (`compile_utils.get_metric`) and counting by hand.
    @Test("accuracy is binary, sparse or categorical by the shapes")
    func accuracy() throws {
        let p = try Tensor(rows: [[0.1, 0.9, 0], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.5, 0.5, 0]])
        let onehot = try Tensor(rows: [[0, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]])
        let labels = Tensor([1, 1, 2, 0])
        let cases: [(Shape, Tensor)] = [([3], onehot), ([], labels), ([1], labels)]
        for (targets, y) in cases {
            let accuracy = try kernel(.accuracy, outputs: [3], targets: targets)
            #expect(accuracy.sum(outputs: p, targets: y, on: crew) == 3)
        }
        let binary = try kernel(.accuracy, outputs: [1], targets: [1])
        let column = try Tensor(rows: [[0.4], [0.5], [0.6], [1]])
        #expect(binary.sum(outputs: column, targets: Tensor([0, 1, 1, 1]), on: crew) == 3)
        #expect(Metric.categoricalAccuracy.resolved(outputs: [3], targets: [1]) == nil)
        let error = try kernel(.meanAbsoluteError, outputs: [3], targets: [3])
        #expect(error.sum(outputs: p, targets: onehot, on: crew) > 0)
        #expect(try Metric.named("acc").name == "acc")
        #expect(throws: LayerError.self) { try Metric.named("accurracy") }
    }
}

/// The kernel of a metric for rows of these shapes.
private func kernel(_ metric: Metric, outputs: Shape, targets: Shape) throws -> MetricKernel {
    let function = try #require(metric.resolved(outputs: outputs, targets: targets))
    return try #require((function as? any FusedMetric)?.kernel)
}

/// Oracle: real Keras, by `Tests/Fixtures/scoring.py`: its configurations. What losses and metrics compute is checked
/// on any number of ranks (`scoringChecks`).
@Suite struct ScoringConfigurationTests {
    @Test("every loss comes back from Keras's configuration", arguments: ScoringRow.all("losses"))
    func loss(_ row: ScoringRow) throws {
        #expect(compared(try Losses.configuration(of: row.loss())) == compared(row.configuration))
    }

    @Test("every metric comes back from Keras's configuration", arguments: ScoringRow.all("metrics"))
    func metric(_ row: ScoringRow) throws {
        var value = try row.metric().configurationValue()
        if value["class_name"] == "MeanMetricWrapper", var object = value.object,
            let arguments = value["config"]?.object
        {
            // Keras writes the arguments of a function that were given, Lockstep all.
            object["config"] = .object(arguments.filter { row.configuration["config"]?[$0.key] != nil })
            value = .object(object)
        }
        #expect(compared(value) == compared(row.configuration))
    }

    @Test("arguments out of their range are errors that name them")
    func mistakes() {
        let losses: [(any Loss, String)] = [
            (Huber(delta: -1), "delta"), (CategoricalGeneralizedCrossEntropy(q: 1), "q"),
            (CosineSimilarity(axis: 0), "axis"),
        ]
        let metrics: [(any MetricFunction, String)] = [
            (TruePositives(threshold: 1.5), "threshold"), (Precision(threshold: -0.1), "threshold"),
            (Recall(topK: 0), "topK"), (Precision(classId: -1), "classId"), (AUC(numThresholds: 1), "numThresholds"),
            (AUC(thresholds: [2]), "thresholds"), (PrecisionAtRecall(recall: 2), "recall"),
            (FBetaScore(average: .micro, beta: 0), "beta"), (F1Score(average: .macro, threshold: 0), "threshold"),
            (IoU(numClasses: 2, targetClassIds: [2]), "targetClassIds"), (R2Score(numRegressors: -1), "numRegressors"),
            (TopKCategoricalAccuracy(k: 0), "k"), (PearsonCorrelation(axis: 0), "axis"),
        ]
        func argument(_ body: () throws(LayerError) -> Void) -> String? {
            do throws(LayerError) { try body() } catch {
                if case .compiled(_, let name, _, _) = error { return name }
            }
            return nil
        }
        for (loss, name) in losses { #expect(argument { () throws(LayerError) in try loss.validate() } == name) }
        for (metric, name) in metrics { #expect(argument { () throws(LayerError) in try metric.validate() } == name) }
    }

    @Test("every class has a row")
    func rows() throws {
        let losses = try Set(ScoringRow.all("losses").map { type(of: try $0.loss()).className })
        #expect(losses == Set(Losses.all.map { type(of: $0).className }))
        let metrics = try Set(ScoringRow.all("metrics").map { try $0.metric().function.kerasClass })
        // A loss that is no class of `keras.metrics` is a function there; two of them have rows.
        #expect(metrics.isSuperset(of: MetricFunctions.all.map(\.kerasClass).filter { $0.first!.isUppercase }))
    }

    /// A configuration without nulls and defaults that Keras leaves out, with numbers of six digits, because Keras
    /// writes the digits of float32.
    private func compared(_ value: ConfigurationValue) -> ConfigurationValue {
        if value["class_name"] == "__tensor__" { return compared(value["config"]!["value"]!) }
        if case .real(let number) = value { return ConfigurationValue((number * 1e6).rounded() / 1e6) }
        if case .list(let values) = value {
            return values.count == 1 ? compared(values[0]) : .list(values.map(compared))
        }
        guard case .object(let values) = value else { return value }
        let leftOut = ["axis", "dtype", "num_labels"]
        return .object(values.filter { $0.value != .null && !leftOut.contains($0.key) }.mapValues(compared))
    }
}
