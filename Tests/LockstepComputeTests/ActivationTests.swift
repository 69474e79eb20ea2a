import Foundation
import LockstepCompute
import LockstepFormats
import TestSupport
import Testing

@Suite struct ActivationTests {
    /// The functions of an element in double precision (formulas: `keras/src/activations`).
    static let elementwise: [(ActivationFunction, @Sendable (Double) -> Double)] = [
        (.linear, { $0 }), (.relu, { max($0, 0) }), (.relu6, { min(max($0, 0), 6) }),
        (.leakyRelu, { $0 < 0 ? 0.2 * $0 : $0 }),
        (.leakyRelu(negativeSlope: -0.1), { $0 < 0 ? -0.1 * $0 : $0 }), (.elu, { $0 > 0 ? $0 : expm1($0) }),
        (.elu(alpha: 2), { $0 > 0 ? $0 : 2 * expm1($0) }),
        (.selu, { 1.0507009873554805 * ($0 > 0 ? $0 : 1.6732632423543772 * expm1($0)) }),
        (.celu(alpha: 1.5), { max($0, 0) + min(0, 1.5 * expm1($0 / 1.5)) }),
        (.softplus, { max($0, 0) + log1p(exp(-abs($0))) }),
        (.softsign, { $0 / (1 + abs($0)) }), (.softShrink, { $0 > 0.5 ? $0 - 0.5 : $0 < -0.5 ? $0 + 0.5 : 0 }),
        (.hardShrink, { abs($0) > 0.5 ? $0 : 0 }),
        (.sparsePlus, { $0 <= -1 ? 0 : $0 < 1 ? ($0 + 1) * ($0 + 1) / 4 : $0 }),
        (.squareplus, { ($0 + ($0 * $0 + 4).squareRoot()) / 2 }), (.silu, { $0 / (1 + exp(-$0)) }),
        (.gelu, { $0 * 0.5 * erfc(-$0 / 2.0.squareRoot()) }),
        (
            .gelu(approximate: true),
            { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
        ),
        (.tanh, { tanh($0) }), (.tanhShrink, { $0 - tanh($0) }), (.threshold(0.3, value: -2), { $0 > 0.3 ? $0 : -2 }),
        (.sigmoid, { 1 / (1 + exp(-$0)) }), (.sparseSigmoid, { min(max(($0 + 1) / 2, 0), 1) }),
        (.exponential, { exp($0) }),
        (.hardSigmoid, { min(max($0 / 6 + 0.5, 0), 1) }), (.hardSilu, { $0 * min(max($0 / 6 + 0.5, 0), 1) }),
        (.keras2HardSigmoid, { min(max($0 * 0.2 + 0.5, 0), 1) }),
        (.hardTanh, { min(max($0, -1), 1) }), (.mish, { $0 * tanh(max($0, 0) + log1p(exp(-abs($0)))) }),
        (.logSigmoid, { -max(-$0, 0) - log1p(exp(-abs($0))) }),
    ]

    /// Oracles: the formula in double precision, and its central difference. Points off the kinks, from tiny to where
    /// exponentials leave float.
    @Test("value and slope of every function of an element", arguments: InstructionSet.available)
    func elementwise(set: InstructionSet) throws {
        let crew = try Crew(threads: 1, instructionSet: set)
        let points = stride(from: -9.013, through: 9, by: 0.117).map { Float($0) } + [1e-4, -1e-4, 30, -30, 80, -80]
        for (function, formula) in Self.elementwise {
            let x = Tensor(points)
            let (y, dx) = (Tensor.zeros(x.shape), Tensor.zeros(x.shape))
            function.apply(x, into: y, on: crew)
            function.gradient(x: x, y: y, dy: .ones(x.shape), into: dx, on: crew)
            for index in 0..<x.count {
                let point = Double(x[index])
                let value = formula(point)
                #expect(
                    abs(Double(y[index]) - value) <= 4e-6 * max(abs(value), 0.05) + 2e-8 * abs(point),
                    "\(function)(\(point)) by \(set)")
                let step = 1e-6 * max(1, abs(point))
                let slope = (formula(point + step) - formula(point - step)) / (2 * step)
                #expect(abs(Double(dx[index]) - slope) <= 2e-5 * max(abs(slope), 1), "\(function)′(\(point)) by \(set)")
            }
        }
    }

    /// Oracle: real Keras.
    @Test("every function of Keras by its name, and its gradient", arguments: InstructionSet.available)
    func keras(set: InstructionSet) throws {
        let crew = try Crew(threads: 1, instructionSet: set)
        let known = try Npz.read(fixture("activations.npz"))
        let (x, upstream) = (known["x"]!, known["dy"]!)
        let names = known.keys.filter { $0 != "x" && $0 != "dy" && !$0.hasSuffix("_gradient") }
        #expect(names.count == 28)
        for name in names {
            let function = try ActivationFunction.named(name)
            let expected = known[name]!
            let (y, dx) = (Tensor.zeros(expected.shape), Tensor.zeros(x.shape))
            function.apply(x, into: y, on: crew)
            let error = relativeError(y, expected)
            #expect(error < 3e-6, "\(name) \(error)")
            function.gradient(x: x, y: y, dy: upstream.columns(0..<y.shape[1]), into: dx, on: crew)
            #expect(relativeError(dx, known[name + "_gradient"]!) < 1e-5, "gradient of \(name)")
        }
    }

    /// Oracle: the closed form by sorting, in double precision (Martins and Astudillo, algorithm 1), and its central
    /// difference.
    @Test("sparsemax projects on the simplex", arguments: InstructionSet.available)
    func sparsemax(set: InstructionSet) throws {
        func reference(_ x: [Double]) -> [Double] {
            var (sum, threshold) = (0.0, 0.0)
            for (index, value) in x.sorted(by: >).enumerated() {
                sum += value
                if 1 + Double(index + 1) * value > sum { threshold = (sum - 1) / Double(index + 1) }
            }
            return x.map { max($0 - threshold, 0) }
        }
        let crew = try Crew(threads: 1, instructionSet: set)
        let (x, dy) = (sample([40, 7], seed: 5), sample([40, 7], seed: 6))
        let (y, dx) = (Tensor.zeros(x.shape), Tensor.zeros(x.shape))
        ActivationFunction.sparsemax.apply(x, into: y, on: crew)
        ActivationFunction.sparsemax.gradient(x: x, y: y, dy: dy, into: dx, on: crew)
        for row in 0..<40 {
            let point = x.row(row).elements.map(Double.init)
            #expect(relativeError(y.row(row).elements.map(Double.init), reference(point)) < 1e-6)
            let slopes = (0..<7).map { column in
                var (up, down) = (point, point)
                up[column] += 1e-6
                down[column] -= 1e-6
                return zip(zip(reference(up), reference(down)), dy.row(row).elements).reduce(0) {
                    $0 + ($1.0.0 - $1.0.1) / 2e-6 * Double($1.1)
                }
            }
            #expect(relativeError(dx.row(row).elements.map(Double.init), slopes) < 1e-5)
        }
    }

    /// Oracle: the whole tensor on one thread; parts are cut anywhere, and lengths are no multiples of a vector.
    @Test("any length, in place, on several threads", arguments: InstructionSet.available)
    func lengths(set: InstructionSet) throws {
        let (alone, crew) = (try Crew(threads: 1, instructionSet: set), try Crew(threads: 3, instructionSet: set))
        for function in [ActivationFunction.gelu, .softmax, .sparsemax, .logSoftmax] {
            for shape in [[0, 3], [1, 1], [7, 17], [3, 31], [5000, 13]] as [Shape] {
                let x = sample(shape, seed: 4)
                let expected = Tensor.zeros(shape)
                function.apply(x, into: expected, on: alone)
                let inPlace = x.copy()
                crew.together { function.apply(inPlace, into: inPlace, on: crew) }
                #expect(sameBits(inPlace, expected), "\(function) of \(shape)")
            }
        }
    }

    @Test("what is not a number stays one, and the ends are exact", arguments: InstructionSet.available)
    func notANumber(set: InstructionSet) throws {
        let crew = try Crew(threads: 1, instructionSet: set)
        for function in Self.elementwise.map(\.0) + [.softmax, .logSoftmax] {
            guard function != .threshold(0.3, value: -2) else { continue }
            let x = Tensor.full([1, 5], .nan)
            function.apply(x, into: x, on: crew)
            #expect(x[0].isNaN, "\(function)(NaN)")
        }
        let x = Tensor([-.infinity, .infinity, -200, 200, 0])
        func value(_ function: ActivationFunction) -> [Float] {
            let y = Tensor.zeros([5])
            function.apply(x, into: y, on: crew)
            return y.elements
        }
        #expect(value(.sigmoid) == [0, 1, 0, 1, 0.5])
        #expect(value(.tanh) == [-1, 1, -1, 1, 0])
        #expect(value(.exponential) == [0, .infinity, 0, .infinity, 1])
    }

    @Test("names")
    func names() throws {
        #expect(try ActivationFunction.named("swish") == .silu)
        #expect(throws: ComputeError.self) { try ActivationFunction.named("Relu") }
        #expect(ActivationFunction.names.contains("hard_silu"))
    }
}
