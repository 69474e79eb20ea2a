import LockstepCompute
import LockstepGraph

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension OperationCase {
    /// Every operation of elements, rows and matrices, with awkward shapes.
    static let all =
        arithmetic + constants + functions + selections + reductions + extremes + products + copies + normalizations
        + compositions
        + maskedRecurrences + startedRecurrences + convolutions + samplings + numberings

    private typealias Binary = (
        name: String, isPositive: Bool, tensors: @Sendable (SymbolicTensor, SymbolicTensor) -> SymbolicTensor,
        weight: @Sendable (SymbolicTensor, Weight) -> SymbolicTensor, oracle: @Sendable (Double, Double) -> Double
    )

    private static let binaries: [Binary] = [
        ("+", false, { $0 + $1 }, { $0 + $1 }, { $0 + $1 }),
        ("-", false, { $0 - $1 }, { $0 - $1 }, { $0 - $1 }),
        ("*", false, { $0 * $1 }, { $0 * $1 }, { $0 * $1 }),
        ("/", true, { $0 / $1 }, { $0 / $1 }, { $0 / $1 }),
        ("maximum", false, { maximum($0, $1) }, { maximum($0, $1) }, { Swift.max($0, $1) }),
        ("minimum", false, { minimum($0, $1) }, { minimum($0, $1) }, { Swift.min($0, $1) }),
    ]

    private static let arithmetic: [OperationCase] = binaries.flatMap { binary in
        let (pairs, weights): ([(Shape, Shape)], [(Shape, Shape)]) = (
            [
                ([5, 3], [5, 3]), ([5, 3], [3]), ([5, 1], [1, 7]), ([3], [2, 5, 3]), ([2, 1, 3], [4, 1]), ([], [3]),
                ([1], [1]),
                ([37, 41], [41]), ([37, 41], [37, 1]),
            ],
            [
                ([5, 3], [3]), ([5, 3], [5, 1]), ([5, 3], [1]), ([3], [2, 5, 3]), ([], []), ([7, 43], [43]),
                ([43, 7], [43, 1]), ([4], [4]),
            ]
        )
        return pairs.map { a, b in
            OperationCase("\(a) \(binary.name) \(b)", [a, b], isPositive: binary.isPositive) { inputs, _ in
                binary.tensors(inputs[0], inputs[1])
            } oracle: {
                Naive.zip($0[0], $0[1], binary.oracle)
            }
        }
            + weights.map { row, weight in
                OperationCase(
                    "\(row) \(binary.name) weight \(weight)", [row], weights: [weight], isPositive: binary.isPositive
                ) {
                    binary.weight($0[0], $1[0])
                } oracle: {
                    Naive.zip($0[0], $0[1], binary.oracle)
                }
            }
    }

    private static let constants: [OperationCase] = [
        OperationCase("x + 1.5", [[5, 3]]) { x, _ in
            x[0] + 1.5
        } oracle: {
            $0[0].map { $0 + 1.5 }
        },
        OperationCase("x - 1.5", [[5, 3]]) { x, _ in
            x[0] - 1.5
        } oracle: {
            $0[0].map { $0 - 1.5 }
        },
        OperationCase("x * 1.5", [[5, 3]]) { x, _ in
            x[0] * 1.5
        } oracle: {
            $0[0].map { $0 * 1.5 }
        },
        OperationCase("x / 1.5", [[5, 3]]) { x, _ in
            x[0] / 1.5
        } oracle: {
            $0[0].map { $0 / 1.5 }
        },
        OperationCase("1.5 + x", [[5, 3]]) { x, _ in
            1.5 + x[0]
        } oracle: {
            $0[0].map { 1.5 + $0 }
        },
        OperationCase("1.5 - x", [[5, 3]]) { x, _ in
            1.5 - x[0]
        } oracle: {
            $0[0].map { 1.5 - $0 }
        },
        OperationCase("1.5 * x", [[5, 3]]) { x, _ in
            1.5 * x[0]
        } oracle: {
            $0[0].map { 1.5 * $0 }
        },
        OperationCase("1.5 / x", [[5, 3]], isPositive: true) { x, _ in
            1.5 / x[0]
        } oracle: {
            $0[0].map { 1.5 / $0 }
        },
        OperationCase("maximum(x, 0.25)", [[5, 3]]) { x, _ in
            maximum(x[0], 0.25)
        } oracle: {
            $0[0].map { Swift.max($0, 0.25) }
        },
        OperationCase("minimum(x, 0.25)", [[5, 3]]) { x, _ in
            minimum(x[0], 0.25)
        } oracle: {
            $0[0].map { Swift.min($0, 0.25) }
        },
        OperationCase("weight + x", [[5, 3]], weights: [[3]]) {
            $1[0] + $0[0]
        } oracle: {
            Naive.zip($0[1], $0[0], +)
        },
        OperationCase("weight - x", [[5, 3]], weights: [[3]]) {
            $1[0] - $0[0]
        } oracle: {
            Naive.zip($0[1], $0[0], -)
        },
        OperationCase("weight * x", [[5, 3]], weights: [[5, 1]]) {
            $1[0] * $0[0]
        } oracle: {
            Naive.zip($0[1], $0[0], *)
        },
        OperationCase("weight / x", [[5, 3]], weights: [[2, 1, 3]], isPositive: true) {
            $1[0] / $0[0]
        } oracle: {
            Naive.zip($0[1], $0[0], /)
        },
    ]

    private typealias Elementary = (
        name: String, isPositive: Bool, tensor: @Sendable (SymbolicTensor) -> SymbolicTensor,
        oracle: @Sendable (Double) -> Double
    )

    private static let elementaries: [Elementary] = [
        ("sin", false, { sin($0) }, { sin($0) }), ("cos", false, { cos($0) }, { cos($0) }),
        ("tan", false, { tan($0 / 4) }, { tan($0 / 4) }),
        ("asin", false, { asin(tanh($0) / 2) }, { asin(tanh($0) / 2) }),
        ("acos", false, { acos(tanh($0) / 2) }, { acos(tanh($0) / 2) }), ("atan", false, { atan($0) }, { atan($0) }),
        ("erf", false, { erf($0) }, { erf($0) }), ("log1p", true, { log1p($0) }, { log1p($0) }),
        ("expm1", false, { expm1($0) }, { expm1($0) }),
    ]

    /// Functions of one element whose oracle is the mathematical library's.
    private static let elementary: [OperationCase] = elementaries.map { function in
        OperationCase(function.name, [[5, 7]], isPositive: function.isPositive) { x, _ in
            function.tensor(x[0])
        } oracle: {
            $0[0].map(function.oracle)
        }
    }

    private static let selections: [OperationCase] =
        elementary + [
            OperationCase("select", [[5, 3], [5, 3], [5, 3]]) { x, _ in
                select(greater(x[0], 0), x[1], x[2])
            } oracle: { x in
                Naive([5, 3]) { x[0][$0] > 0 ? x[1][$0] : x[2][$0] }
            },
            OperationCase("select, broadcast", [[5, 1], [3], [2, 1, 1]]) { x, _ in
                select(greater(x[0], 0), x[1], x[2])
            } oracle: { x in
                Naive([2, 5, 3]) { x[0][[$0[1], 0]] > 0 ? x[1][[$0[2]]] : x[2][[$0[0], 0, 0]] }
            },
        ]

    private static let functions: [OperationCase] =
        [
            OperationCase("exp", [[37]]) { x, _ in
                exp(x[0])
            } oracle: {
                $0[0].map { exp($0) }
            },
            OperationCase("log", [[37]], isPositive: true) { x, _ in
                log(x[0])
            } oracle: {
                $0[0].map { log($0) }
            },
            OperationCase("sqrt", [[5, 3]], isPositive: true) { x, _ in
                sqrt(x[0])
            } oracle: {
                $0[0].map { $0.squareRoot() }
            },
            OperationCase("rsqrt", [[5, 3]], isPositive: true) { x, _ in
                rsqrt(x[0])
            } oracle: {
                $0[0].map { 1 / $0.squareRoot() }
            },
            OperationCase("square", [[5, 3]]) { x, _ in
                square(x[0])
            } oracle: {
                $0[0].map { $0 * $0 }
            },
            OperationCase("abs", [[5, 3]]) { x, _ in
                abs(x[0])
            } oracle: {
                $0[0].map { Swift.abs($0) }
            },
            OperationCase("atan2", [[5, 3], [3]]) { x, _ in
                atan2(x[0], x[1])
            } oracle: {
                Naive.zip($0[0], $0[1]) { atan2($0, $1) }
            },
            OperationCase("-x", [[5, 3]]) { x, _ in
                -x[0]
            } oracle: {
                $0[0].map { -$0 }
            },
            OperationCase("relu", [[5, 3]]) { x, _ in
                relu(x[0])
            } oracle: {
                $0[0].map { Swift.max($0, 0) }
            },
            OperationCase("sigmoid", [[5, 3]]) { x, _ in
                sigmoid(x[0])
            } oracle: {
                $0[0].map { 1 / (1 + exp(-$0)) }
            },
        ]
        + [-1.5, -1, -0.5, 0, 0.5, 1, 2, 2.5, 3].map { (exponent: Float) in
            OperationCase("pow(x, \(exponent))", [[5, 3]], isPositive: true) { x, _ in
                pow(x[0], exponent)
            } oracle: {
                $0[0].map { pow($0, Double(exponent)) }
            }
        }
        + [[5], [3, 5], [2, 3, 4], [2, 1, 3, 9], [1]].map { (shape: Shape) in
            OperationCase("softmax of \(shape)", [shape]) { x, _ in
                softmax(x[0])
            } oracle: {
                $0[0].softmax
            }
        }

    private static let axes: [(shape: Shape, axes: [Int]?)] = [
        ([7], nil), ([], nil), ([3, 5], [0]), ([3, 5], [-1]), ([3, 5], [1, 0]), ([3, 5], []), ([2, 3, 4, 5], [1, 3]),
        ([2, 3, 4, 5], [0, -2]), ([1, 5], [0]), ([67, 33], [0]), ([33, 67], [1]), ([3, 1, 5], [1, 2]),
        ([600, 11], [0]), ([2, 2101], [1]),
    ]

    /// A case for each kind of axes, with the dimensions kept and without.
    private static func reduction(
        _ name: String, _ describe: @escaping @Sendable (SymbolicTensor, [Int]?, Bool) -> SymbolicTensor,
        _ oracle: @escaping @Sendable ([Double]) -> Double
    ) -> [OperationCase] {
        axes.flatMap { shape, axes in
            let places = (axes ?? Array(0..<shape.rank)).map { $0 < 0 ? $0 + shape.rank : $0 }
            return [false, true].map { keepDims in
                OperationCase(
                    "\(name) of \(shape) along \(axes.map { "\($0)" } ?? "all")\(keepDims ? ", kept" : "")", [shape]
                ) { x, _ in
                    describe(x[0], axes, keepDims)
                } oracle: {
                    $0[0].reduced(places, keepDims: keepDims, oracle)
                }
            }
        }
    }

    private static let reductions =
        reduction("sum", { sum($0, axes: $1, keepDims: $2) }, { $0.reduce(0, +) })
        + reduction("mean", { mean($0, axes: $1, keepDims: $2) }, { $0.reduce(0, +) / Double($0.count) })
    private static let extremes =
        reduction("max", { max($0, axes: $1, keepDims: $2) }, { $0.max()! })
        + reduction("min", { min($0, axes: $1, keepDims: $2) }, { $0.min()! })

    private static let products: [OperationCase] = [
        ([], 3, 5, 4), ([2], 3, 5, 4), ([2, 3], 2, 1, 3), ([], 1, 1, 1), ([], 7, 5, 1), ([2], 1, 6, 5),
        ([], 37, 29, 41), ([3], 19, 67, 18),
        ([], 5, 300, 9), ([], 64, 3, 70),
    ].flatMap { (front: [Int], n: Int, k: Int, m: Int) in
        [Transposed.neither, .first, .second, .both].map { transposed in
            let (isFirst, isSecond) = (
                transposed == .first || transposed == .both, transposed == .second || transposed == .both
            )
            let (a, b) = (Shape(front + (isFirst ? [k, n] : [n, k])), Shape(front + (isSecond ? [m, k] : [k, m])))
            return OperationCase("matmul of \(a) and \(b), transposed \(transposed)", [a, b]) { x, _ in
                matmul(x[0], x[1], transposed: transposed)
            } oracle: {
                Naive.matmul(isFirst ? $0[0].turned : $0[0], isSecond ? $0[1].turned : $0[1])
            }
        }
    }

    private static let copies: [OperationCase] = [
        OperationCase("concatenate along the last", [[2, 3], [2, 5], [2, 1]]) { x, _ in
            concatenate(x)
        } oracle: { x in
            Naive([2, 9]) { i in i[1] < 3 ? x[0][i] : i[1] < 8 ? x[1][[i[0], i[1] - 3]] : x[2][[i[0], 0]] }
        },
        OperationCase("concatenate along the first", [[3, 2], [1, 2]]) { x, _ in
            concatenate(x, axis: 0)
        } oracle: { x in
            Naive([4, 2]) { i in i[0] < 3 ? x[0][i] : x[1][[0, i[1]]] }
        },
        OperationCase("concatenate along the middle, the same twice", [[2, 3, 4]]) { x, _ in
            concatenate([x[0], x[0]], axis: -2)
        } oracle: { x in
            Naive([2, 6, 4]) { i in x[0][[i[0], i[1] % 3, i[2]]] }
        },
        OperationCase("slice", [[5, 7, 3]]) { x, _ in
            slice(x[0], axis: 1, 2..<6)
        } oracle: { x in
            Naive([5, 4, 3]) { i in x[0][[i[0], i[1] + 2, i[2]]] }
        },
        OperationCase("slice by 3", [[4, 11]]) { x, _ in
            slice(x[0], axis: -1, 1..<10, step: 3)
        } oracle: { x in
            Naive([4, 3]) { i in x[0][[i[0], 3 * i[1] + 1]] }
        },
        OperationCase("slice of all", [[7]]) { x, _ in
            slice(x[0], axis: 0, 0..<7)
        } oracle: {
            $0[0]
        },
        OperationCase("transpose", [[3, 5]]) { x, _ in
            transpose(x[0])
        } oracle: {
            $0[0].turned
        },
        OperationCase("transpose of four", [[2, 3, 4, 5]]) { x, _ in
            transpose(x[0], [2, 0, 3, -3])
        } oracle: { x in
            Naive([4, 2, 5, 3]) { i in x[0][[i[1], i[3], i[0], i[2]]] }
        },
        OperationCase("transpose to the same", [[3, 4]]) { x, _ in
            transpose(x[0], [0, 1])
        } oracle: {
            $0[0]
        },
        OperationCase("reverse", [[3, 5, 2]]) { x, _ in
            reverse(x[0], axis: 1)
        } oracle: { x in
            Naive([3, 5, 2]) { i in x[0][[i[0], 4 - i[1], i[2]]] }
        },
        OperationCase("reverse the last", [[3, 13]]) { x, _ in
            reverse(x[0], axis: -1)
        } oracle: { x in
            Naive([3, 13]) { i in x[0][[i[0], 12 - i[1]]] }
        },
        OperationCase("tiled", [[2, 3, 2]]) { x, _ in
            tiled(x[0], count: 4, axis: 1)
        } oracle: { x in
            Naive([2, 12, 2]) { i in x[0][[i[0], i[1] % 3, i[2]]] }
        },
        OperationCase("repeated", [[2, 3, 2]]) { x, _ in
            repeated(x[0], count: 4, axis: 1)
        } oracle: { x in
            Naive([2, 12, 2]) { i in x[0][[i[0], i[1] / 4, i[2]]] }
        },
        OperationCase("repeated along the last", [[11]]) { x, _ in
            repeated(x[0], count: 3, axis: -1)
        } oracle: { x in
            Naive([33]) { i in x[0][[i[0] / 3]] }
        },
        OperationCase("repeated once", [[5]]) { x, _ in
            repeated(x[0], count: 1, axis: 0)
        } oracle: {
            $0[0]
        },
        OperationCase("pad", [[3, 5]]) { x, _ in
            pad(x[0], axis: 1, before: 2, after: 1)
        } oracle: { x in
            Naive([3, 8]) { i in (2..<7).contains(i[1]) ? x[0][[i[0], i[1] - 2]] : 0 }
        },
        OperationCase("pad with −2", [[3, 5]]) { x, _ in
            pad(x[0], axis: -2, before: 0, after: 2, value: -2)
        } oracle: { x in
            Naive([5, 5]) { i in i[0] < 3 ? x[0][i] : -2 }
        },
    ]

    private static let normalizations: [OperationCase] = [[5], [3, 33], [2, 4, 130], [1]].flatMap { (shape: Shape) in
        [(true, true), (true, false), (false, true), (false, false)].map { hasScale, hasOffset in
            let weights = [Shape](repeating: [shape.last!], count: (hasScale ? 1 : 0) + (hasOffset ? 1 : 0))
            return OperationCase(
                "layerNormalization of \(shape), scale \(hasScale), offset \(hasOffset)", [shape], weights: weights
            ) {
                layerNormalization(
                    $0[0], scale: hasScale ? $1[0] : nil, offset: hasOffset ? $1.last : nil, epsilon: 0.01)
            } oracle: { x in
                let last = [shape.rank - 1]
                let mean = x[0].reduced(last, keepDims: true) { $0.reduce(0, +) / Double($0.count) }
                let centered = Naive.zip(x[0], mean, -)
                let deviation = centered.reduced(last, keepDims: true) { values in
                    (values.reduce(0) { $0 + $1 * $1 } / Double(values.count) + 0.01).squareRoot()
                }
                var y = Naive.zip(centered, deviation, /)
                if hasScale { y = Naive.zip(y, x[1], *) }
                return hasOffset ? Naive.zip(y, x[x.count - 1], +) : y
            }
        }
    }

    private static let compositions: [OperationCase] = [
        OperationCase("x·x + x", [[5, 3]]) { x, _ in
            x[0] * x[0] + x[0]
        } oracle: {
            $0[0].map { $0 * $0 + $0 }
        },
        OperationCase("(x + w)·w, one weight twice", [[5, 3]], weights: [[3]]) {
            ($0[0] + $1[0]) * $1[0]
        } oracle: {
            Naive.zip(Naive.zip($0[0], $0[1], +), $0[1], *)
        },
        OperationCase("highway", [[7]], weights: [[7, 7], [7, 7]]) { x, w in
            let gate = sigmoid(matmul(x[0], w[0]))
            return gate * relu(matmul(x[0], w[1])) + (1 - gate) * x[0]
        } oracle: { x in
            let row = Naive([1, 7]) { x[0][[$0[1]]] }
            let gate = Naive.matmul(row, x[1]).map { 1 / (1 + exp(-$0)) }
            let hidden = Naive.matmul(row, x[2]).map { Swift.max($0, 0) }
            return Naive([7]) { i in gate[[0, i[0]]] * hidden[[0, i[0]]] + (1 - gate[[0, i[0]]]) * x[0][i] }
        },
        OperationCase("attention", [[2, 5, 4], [2, 6, 4], [2, 6, 3]]) { x, _ in
            matmul(softmax(matmul(x[0], x[1], transposed: .second) / 2), x[2])
        } oracle: { x in
            Naive.matmul(Naive.matmul(x[0], x[1].turned).map { $0 / 2 }.softmax, x[2])
        },
    ]
}
