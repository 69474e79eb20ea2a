import LockstepCompute
import LockstepGraph
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A case whose operations a rule makes fewer.
struct RewriteCase: Sendable, CustomStringConvertible {
    let item: OperationCase
    /// The operations of forward without rules, and with them.
    let written, rewritten: Int
    var description: String { item.description }

    private init(_ written: Int, _ rewritten: Int, _ item: OperationCase) {
        (self.written, self.rewritten, self.item) = (written, rewritten, item)
    }

    private static let activations: [(String, ActivationFunction, @Sendable (Naive) -> Naive)] = [
        ("relu", .relu, { $0.map { Swift.max($0, 0) } }),
        // Its derivative reads what went into it.
        ("swish", .silu, { $0.map { $0 / (1 + exp(-$0)) } }),
        ("softmax", .softmax, { $0.softmax }),
    ]

    private static func dense(_ x: [Naive]) -> Naive { Naive.matmul(x[0], x[1]) }

    static let all: [RewriteCase] =
        activations.map { name, function, oracle in
            RewriteCase(
                3, 1,
                OperationCase("\(name)(x·W + b)", [[2, 7]], weights: [[7, 5], [5]]) { x, w in
                    activation(function, matmul(x[0], w[0]) + w[1])
                } oracle: { x in
                    let product = dense(x)
                    return oracle(Naive([2, 5]) { product[$0] + x[2][[$0[1]]] })
                })
        } + [
            RewriteCase(
                2, 1,
                OperationCase("b + x·W", [[2, 7]], weights: [[7, 5], [5]]) { x, w in
                    w[1] + matmul(x[0], w[0])
                } oracle: { x in
                    let product = dense(x)
                    return Naive([2, 5]) { product[$0] + x[2][[$0[1]]] }
                }),
            RewriteCase(
                4, 4,
                OperationCase("a product that two read", [[2, 7]], weights: [[7, 5], [5]]) { x, w in
                    let product = matmul(x[0], w[0])
                    return relu(product + w[1]) * product
                } oracle: { x in
                    let product = dense(x)
                    return Naive([2, 5]) { Swift.max(product[$0] + x[2][[$0[1]]], 0) * product[$0] }
                }),
            RewriteCase(
                2, 2,
                OperationCase("a weight that is no bias", [[2, 7]], weights: [[7, 5], [2, 5]]) { x, w in
                    matmul(x[0], w[0]) + w[1]
                } oracle: { x in
                    let product = dense(x)
                    return Naive([2, 5]) { product[$0] + x[2][$0] }
                }),
            RewriteCase(
                3, 2,
                OperationCase("two activations", [[2, 7]], weights: [[7, 5]]) { x, w in
                    relu(tanh(matmul(x[0], w[0])))
                } oracle: { x in
                    dense(x).map { Swift.max(tanh($0), 0) }
                }),
            RewriteCase(
                3, 1,
                OperationCase("a transpose and back", [[2, 3, 4]]) { x, _ in
                    transpose(transpose(x[0], [2, 0, 1]), [1, 2, 0]) * 2
                } oracle: { x in
                    x[0].map { 2 * $0 }
                }),
            RewriteCase(
                4, 3,
                OperationCase("a transpose that two read", [[2, 3]]) { x, _ in
                    let turned = transpose(x[0], [1, 0])
                    return transpose(turned, [1, 0]) * 2 + reshape(turned, [2, 3])
                } oracle: { x in
                    Naive([2, 3]) { 2 * x[0][$0] + x[0].turned.values[$0[0] * 3 + $0[1]] }
                }),
            RewriteCase(
                6, 3,
                OperationCase("transposes there and back, of which the third is read twice", [[2, 3, 4]]) { x, _ in
                    let first = transpose(x[0], [2, 0, 1])
                    let third = transpose(transpose(first, [1, 2, 0]), [2, 0, 1])
                    return transpose(third, [1, 2, 0]) * 2 + reshape(third, [2, 3, 4])
                } oracle: { x in
                    let turned = Naive([4, 2, 3]) { x[0][[$0[1], $0[2], $0[0]]] }
                    return Naive([2, 3, 4]) { 2 * x[0][$0] + turned.values[($0[0] * 3 + $0[1]) * 4 + $0[2]] }
                }),
            RewriteCase(
                3, 3,
                OperationCase("two transposes that lead elsewhere", [[2, 3, 4]]) { x, _ in
                    transpose(transpose(x[0], [2, 0, 1]), [2, 0, 1]) * 2
                } oracle: { x in
                    Naive([3, 4, 2]) { 2 * x[0][[$0[2], $0[0], $0[1]]] }
                }),
            RewriteCase(
                2, 2,
                OperationCase("shapes and back, and linear activations", [[6]]) { x, _ in
                    let there = reshape(reshape(x[0] * 2, [2, 3]), [6])
                    return activation(.linear, there) + x[0]
                } oracle: { x in
                    x[0].map { 3 * $0 }
                }),
            RewriteCase(
                4, 4,
                OperationCase(
                    "ones around a convolution's input, and zeros elsewhere", [[4, 3]], weights: [[2, 3, 1]]
                ) { x, w in
                    let window = [Window(size: 6, taps: 2, stride: 1, isSame: true)]
                    let zeros = pad(x[0], axis: 0, before: 1, after: 1)
                    let ones = pad(x[0], axis: 0, before: 1, after: 1, value: 1)
                    return depthwiseConvolution(ones, w[0], windows: window) + zeros
                } oracle: { x in
                    func padded(_ value: Double) -> Naive {
                        Naive([6, 3]) { (1..<5).contains($0[0]) ? x[0][[$0[0] - 1, $0[1]]] : value }
                    }
                    let window = [Window(size: 6, taps: 2, stride: 1, isSame: true)]
                    let kernel = Naive([2, 1, 3]) { x[1][[$0[0], $0[2], 0]] }
                    return Naive.zip(Naive.convolution(padded(1), kernel, window, groups: 3), padded(0), +)
                }),
            RewriteCase(
                3, 3,
                OperationCase("zeros that a convolution and a sum read", [[4, 3]], weights: [[2, 3, 1]]) { x, w in
                    let window = [Window(size: 6, taps: 2, stride: 1, isSame: true)]
                    let zeros = pad(x[0], axis: 0, before: 1, after: 1)
                    return depthwiseConvolution(zeros, w[0], windows: window) + zeros
                } oracle: { x in
                    let zeros = Naive([6, 3]) { (1..<5).contains($0[0]) ? x[0][[$0[0] - 1, $0[1]]] : 0 }
                    let window = [Window(size: 6, taps: 2, stride: 1, isSame: true)]
                    let kernel = Naive([2, 1, 3]) { x[1][[$0[0], $0[2], 0]] }
                    return Naive.zip(Naive.convolution(zeros, kernel, window, groups: 3), zeros, +)
                }),
        ] + padding

    /// Zeros around images before a convolution of some kind.
    private static let padding: [RewriteCase] = [(true, 3), (false, 16), (false, 3)].map { isDepthwise, channels in
        let windows = [
            Window(size: 7, taps: 3, stride: 2, isSame: false), Window(size: 6, taps: 2, stride: 1, isSame: true),
        ]
        let kernel: Shape = isDepthwise ? [3, 2, channels, 1] : [3, 2, channels, 4]
        return RewriteCase(
            3, isDepthwise || channels >= 16 ? 1 : 3,
            OperationCase(
                "zeros around \(channels) channels\(isDepthwise ? ", depthwise" : "")", [[4, 5, channels]],
                weights: [kernel]
            ) { x, w in
                let padded = pad(pad(x[0], axis: 0, before: 1, after: 2), axis: 1, before: 0, after: 1)
                return isDepthwise
                    ? depthwiseConvolution(padded, w[0], windows: windows)
                    : convolution(padded, w[0], bias: nil, windows: windows, activation: .linear)
            } oracle: { x in
                let padded = Naive([7, 6, channels]) {
                    (1..<5).contains($0[0]) && $0[1] < 5 ? x[0][[$0[0] - 1, $0[1], $0[2]]] : 0
                }
                let grouped = Naive([3, 2, 1, channels]) { x[1][[$0[0], $0[1], $0[3], 0]] }
                return Naive.convolution(
                    padded, isDepthwise ? grouped : x[1], windows, groups: isDepthwise ? channels : 1)
            })
    }
}

/// Features that are normalized and activated.
enum NormalizedCase: String, CaseIterable, Sendable {
    case given, ofBatch, masked

    func item(_ function: ActivationFunction, columns: Int, isReadTwice: Bool = false) -> OperationCase {
        let shape: Shape = [6, columns]
        return OperationCase(
            "\(rawValue), \(function)", self == .masked ? [shape, [6]] : [shape],
            weights: Array(repeating: [columns], count: 4), isPositive: true
        ) { x, w in
            let operands: [any Operand] = [x[0]] + w + (self == .masked ? [unequal(floor(x[1]), 0)] : [])
            let specs = operands.map { $0.tensor(in: x[0].trace).spec }
            let operation: any Operation =
                self == .given
                ? NormalizationOperation(epsilon: 1e-3, hasScale: true, hasOffset: true)
                : BatchNormalizationOperation(
                    momentum: 0.9, epsilon: 1e-3, hasScale: true, hasOffset: true, isMasked: self == .masked, specs)
            let outputs = x[0].trace.apply(operation, to: operands)
            // Outputs around 0, on both sides of kinks.
            let y = activation(function, outputs[0])
            return isReadTwice ? y * outputs[0] : y
        } oracle: { x in
            // The activation of normalized features, which only `given` has row by row.
            let (mean, variance, gamma, beta) = (x[1], x[2], x[3], x[4])
            return Naive([6, columns]) {
                let column = $0[1]
                let z =
                    (x[0][$0] - mean[[column]]) / (variance[[column]] + 1e-3).squareRoot() * gamma[[column]]
                    + beta[[column]]
                return isReadTwice ? z * Swift.max(z, 0) : Swift.max(z, 0)
            }
        }
    }
}

@Suite struct RewriteTests {
    /// Oracle: the normalization and the activation one after the other.
    @Test(
        "a normalization and the activation behind it are one operation with the same bits",
        arguments: NormalizedCase.allCases, [ActivationFunction.relu, .relu6, .silu, .tanh, .leakyRelu, .gelu])
    func normalizations(_ kind: NormalizedCase, _ function: ActivationFunction) throws {
        // One column, parts of vectors, more columns than a block has elements, and more rows than a block.
        for (columns, rows) in [(1, 700), (19, 90), (48, 3), (4100, 2)] {
            let item = kind.item(function, columns: columns)
            let inputs = item.inputs.enumerated().map { Tensor.normal($1.rows(rows), seed: UInt64($0)) }
            let weights = item.weights.enumerated().map { item.numbers($1, seed: 50 + UInt64($0)) }
            for threads in [1, 3] {
                let (apart, joined) = try (
                    OperationBench(item, threads: threads, rewrites: []),
                    OperationBench(item, threads: threads, rewrites: [.fusedNormalizations])
                )
                #expect(joined.lengths.forward == apart.lengths.forward - 1)
                let (expected, received) = (
                    apart.run(inputs, weights, dy: { sample($0, seed: 9) }),
                    joined.run(inputs, weights, dy: { sample($0, seed: 9) })
                )
                #expect(sameBits(received.y, expected.y), "\(columns) columns")
                #expect(zip(received.dx, expected.dx).allSatisfy { sameBits($0, $1) }, "\(columns) columns, dx")
                for (a, b) in zip(received.gradients.joined(), expected.gradients.joined()) {
                    #expect(sameBits(a, b), "\(columns) columns, gradients of weights")
                }
            }
        }
    }

    /// Oracle: plain loops in double precision, and how many operations are left.
    @Test(
        "in inference a convolution normalizes and activates its output",
        arguments: [ActivationFunction.linear, .relu, .silu], [true, false])
    func foldedNormalizations(_ function: ActivationFunction, hasBias: Bool) throws {
        // Many positions and few filters, and the other way; products of parts of images; rows for blocks of columns.
        for (size, taps, channels, filters, rows) in [
            (7, 3, 3, 5, 9), (1, 1, 70, 130, 3), (9, 2, 4, 40, 40), (3, 3, 33, 19, 64), (1, 1, 5, 1, 7),
        ] {
            let window = Window(size: size, taps: taps, stride: 1, isSame: true)
            let item = OperationCase(
                "convolution", [[size, size, channels]],
                weights: [[taps, taps, channels, filters]] + Array(repeating: [filters], count: 5), isPositive: true
            ) { x, w in
                let y = convolution(
                    x[0], w[0], bias: hasBias ? w[1] : nil, windows: [window, window], activation: .linear)
                let normalized = y.applying(
                    NormalizationOperation(epsilon: 1e-3, hasScale: true, hasOffset: true), with: Array(w[2...]))[0]
                return function == .linear ? normalized : activation(function, normalized)
            } oracle: { x in
                let y = Naive.convolution(x[0], x[1], [window, window])
                return Naive(y.shape) {
                    let filter = [$0[2]]
                    let z =
                        (y[$0] + (hasBias ? x[2][filter] : 0) - x[3][filter]) / (x[4][filter] + 1e-3).squareRoot()
                        * x[5][filter] + x[6][filter]
                    return switch function {
                    case .relu: Swift.max(z, 0)
                    case .silu: z / (1 + exp(-z))
                    default: z
                    }
                }
            }
            let x = Tensor.normal(item.inputs[0].rows(rows), seed: 3)
            let weights = item.weights.enumerated().map { index, shape in
                index == 0 || index == 2
                    ? Tensor.normal(shape, seed: 50) : item.numbers(shape, seed: 60 + UInt64(index))
            }
            let known = (0..<rows).flatMap { row in
                item.oracle(
                    [Naive(x.row(row), shape: item.inputs[0])] + zip(weights, item.weights).map { Naive($0, shape: $1) }
                ).values
            }
            for threads in [1, 2] {
                let bench = try OperationBench(item, threads: threads)
                #expect(bench.inferenceLength == 1 && bench.lengths.forward == 2)
                let y = bench.inference([x], weights)
                #expect(relativeError(y.elements.map(Double.init), known) < 1e-5, "\(filters) filters")
                let alone = bench.inference([x.rows(1..<2)])
                #expect(sameBits(alone, y.rows(1..<2)), "\(filters) filters, a row alone")
            }
        }
    }

    /// Oracle: plain loops in double precision, and their central differences.
    @Test("normalized features that two read stay in memory")
    func normalizedTwice() throws {
        for isReadTwice in [false, true] {
            let item = NormalizedCase.given.item(.relu, columns: 5, isReadTwice: isReadTwice)
            let inputs = item.inputs.enumerated().map { item.numbers($1.rows(3), seed: UInt64($0)) }
            let weights = item.weights.enumerated().map { item.numbers($1, seed: 50 + UInt64($0)) }
            let bench = try OperationBench(item, threads: 1)
            #expect(bench.lengths.forward == (isReadTwice ? 3 : 1))
            let result = bench.run(inputs, weights, dy: { sample($0, seed: 9) })
            let known = Known(item, inputs, weights, rows: 3)
            #expect(relativeError(result.y.elements.map(Double.init), known.y) < 1e-5)
            // Given statistics have no gradient.
            for (index, gradient) in [(0, result.dx[0]), (3, result.gradients[2][0]), (4, result.gradients[3][0])] {
                let received = known.positions[index].map { Double(gradient[$0]) }
                #expect(relativeError(received, known.gradients[index]) < 1e-4, "gradient \(index)")
            }
        }
    }

    /// Oracle: plain loops in double precision, their central differences, and the number of operations that are left.
    @Test("a rule makes fewer operations, and changes no result", arguments: RewriteCase.all)
    func rules(_ item: RewriteCase) throws {
        let inputs = item.item.inputs.enumerated().map { item.item.numbers($1.rows(7), seed: UInt64($0)) }
        let weights = item.item.weights.enumerated().map { item.item.numbers($1, seed: 50 + UInt64($0)) }
        let known = Known(item.item, inputs, weights, rows: 7)
        for (rewrites, length) in [(Set(), item.written), (Set(Rewrite.allCases), item.rewritten)] {
            let bench = try OperationBench(item.item, threads: 2, rewrites: rewrites)
            #expect(bench.lengths.forward == length, "\(rewrites)")
            let result = bench.run(inputs, weights, dy: { sample($0, seed: 9) })
            known.check(result, "\(rewrites)")
        }
    }

    /// Oracle: plain loops in double precision, and their central differences.
    @Test("without rules every operation computes what it does with them", arguments: OperationCase.all)
    func without(_ item: OperationCase) throws {
        let inputs = item.inputs.enumerated().map { item.numbers($1.rows(3), seed: UInt64($0)) }
        let weights = item.weights.enumerated().map { item.numbers($1, seed: 50 + UInt64($0)) }
        let result = try OperationBench(item, threads: 1, rewrites: []).run(
            inputs, weights, dy: { sample($0, seed: 9) })
        Known(item, inputs, weights, rows: 3).check(result, "without rules")
    }
}
