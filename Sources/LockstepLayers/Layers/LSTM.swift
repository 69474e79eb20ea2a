import LockstepCompute

/// A long short-term memory (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).
///
/// Input `[batch, time, features]`, output the last h, `[batch, units]`, or with `returnSequences` that of every step,
/// `[batch, time, units]`. `kernel` W `[features, 4·units]` (default Glorot uniform), `recurrent_kernel` U `[units, 4·units]` (orthogonal),
/// `bias` b `[4·units]` (zeros, with `unitForgetBias` ones for f), each in the order i, f, c, o. With σ the recurrent activation (sigmoid), φ
/// the activation (tanh) and h and c zero before the first step:
///
///     z = x_t·W + h·U + b;   i, f, o = σ(z_i), σ(z_f), σ(z_o);   c = f·c + i·φ(z_c);   h = o·φ(c)
///
/// Backward through time gives dz of all steps:  `dW = xᵀ·dz`,  `dU = Σ over t of h_{t−1}ᵀ·dz_t`,  `db = Σ dz`,  `dx = dz·Wᵀ`.
///
///     model.add(LSTM(128))
public final class LSTM: Layer {
    public var name: String
    @Configured public private(set) var units: Int
    @Configured public private(set) var activation: ActivationFunction
    @Configured public private(set) var recurrentActivation: ActivationFunction
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var kernelInitializer: Initializer
    @Configured public private(set) var recurrentInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    @Configured public private(set) var unitForgetBias: Bool
    @Configured public private(set) var returnSequences: Bool
    /// Goes through time from its end; sequences come in that order.
    @Configured public private(set) var goBackwards: Bool
    /// The input's shape, if the layer is to be the first: `[time, features]`.
    public let inputShape: Shape?
    public private(set) var kernel: Parameter!
    public private(set) var recurrentKernel: Parameter!
    public private(set) var bias: Parameter?
    private var time = 0

    public init(
        _ units: Int, activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid, useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, recurrentInitializer: Initializer = .orthogonal,
        biasInitializer: Initializer = .zeros, unitForgetBias: Bool = true, returnSequences: Bool = false, goBackwards: Bool = false,
        inputShape: Shape? = nil, name: String = ""
    ) {
        self.units = units
        self.activation = activation
        self.recurrentActivation = recurrentActivation
        self.useBias = useBias
        self.kernelInitializer = kernelInitializer
        self.recurrentInitializer = recurrentInitializer
        self.biasInitializer = biasInitializer
        self.unitForgetBias = unitForgetBias
        self.returnSequences = returnSequences
        self.goBackwards = goBackwards
        self.inputShape = inputShape
        self.name = name
    }

    public var sumsInParts: Bool { true }
    public static var fixedArguments: [String: ConfigurationValue] {
        ["dropout": 0, "recurrent_dropout": 0, "return_state": false, "stateful": false, "zero_output_for_mask": false]
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // How Keras computes it, and the seed of a dropout there is none of.
        for name in ["unroll", "implementation", "seed"] { arguments[name] = nil }
        if arguments["time_major"] == false { arguments["time_major"] = nil }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("units")) }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        let input = try single(inputs)
        guard units > 0 else { throw .argument(layer: name, name: "units", requirement: "positive", received: "\(units)") }
        for (argument, function) in [("activation", activation), ("recurrentActivation", recurrentActivation)] {
            guard function.isKnownByOutput else {
                throw .argument(
                    layer: name, name: argument,
                    requirement: "a function of an element whose derivative follows from its output, as tanh's",
                    received: "\(function)")
            }
        }
        guard input.rank == 2 else { throw .input(layer: name, requirement: "have rows of [time, features]", received: input) }
        time = input[0]
        kernel = try parameters.add("kernel", [input[1], 4 * units], kernelInitializer, keeping: kernel)
        recurrentKernel = try parameters.add("recurrent_kernel", [units, 4 * units], recurrentInitializer, keeping: recurrentKernel)
        let ones = unitForgetBias ? units..<2 * units : 0..<0
        bias = useBias ? try parameters.add("bias", [4 * units], biasInitializer, ones: ones, keeping: bias) : nil
        return returnSequences ? [time, units] : [units]
    }

    public func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory {
        let (rows, features) = (inputs[0][0], inputs[0][2])
        return LayerMemory(caches: [
            [time, rows, features], [time, rows, 4 * units], [time, rows, units], [time, rows, units], [rows, units], [rows, units],
        ])
    }

    /// Tensors with time in front, micro-shard by micro-shard.
    private struct Caches {
        /// Of all steps; backward turns the gates into dz, and where dx is wanted, x into that.
        let x, gates, c, h: Tensor
        /// Gradients of the step that backward is at.
        let dh, dc: Tensor

        init(_ tensors: [Tensor]) {
            (x, gates, c, h) = (tensors[0], tensors[1], tensors[2], tensors[3])
            (dh, dc) = (tensors[4], tensors[5])
        }
    }

    private func recurrence(_ sums: RowSums) -> Recurrence {
        Recurrence(time: time, sums: sums, units: units, activation: activation, recurrentActivation: recurrentActivation)
    }

    public func forward(_ pass: Forward) {
        let caches = Caches(pass.caches)
        let (recurrence, bounds) = (recurrence(pass.sums), pass.sums.bounds)
        exchangeTime(pass.input, time, bounds: bounds, reversed: goBackwards, into: caches.x)
        matmul(caches.x, kernel.value, bias: bias?.value, into: caches.gates, on: pass.crew)
        recurrence.forward(gates: caches.gates, kernel: recurrentKernel.value, c: caches.c, h: caches.h, on: pass.crew)
        if returnSequences {
            exchangeTime(caches.h, time, bounds: bounds, undoing: true, into: pass.output)
        } else {
            recurrence.last(of: caches.h, into: pass.output)
        }
    }

    public func backward(_ pass: Backward) {
        let caches = Caches(pass.caches)
        let recurrence = recurrence(pass.sums)
        recurrence.backward(
            gates: caches.gates, kernel: recurrentKernel.value, c: caches.c, dy: pass.outputGradient, dh: caches.dh, dc: caches.dc,
            on: pass.crew)
        let dz = caches.gates
        recurrence.kernelGradient(h: caches.h, dz: dz, into: recurrentKernel.gradients, on: pass.crew)
        rowProducts(caches.x, dz, by: pass.sums, into: kernel.gradients, columnSums: bias?.gradients, on: pass.crew)
        if let dx = pass.inputGradient {
            matmul(dz, kernel.value, transposed: .second, into: caches.x, on: pass.crew)
            exchangeTime(caches.x, time, bounds: pass.sums.bounds, reversed: goBackwards, undoing: true, into: dx)
        }
    }
}
