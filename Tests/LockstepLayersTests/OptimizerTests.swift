import LockstepCompute
import LockstepFormats
import LockstepGraph
import LockstepLayers
import TestSupport
import Testing

@Suite struct OptimizerTests {
    static let table: [(String, any Optimizer)] = [
        ("sgd", SGD()), ("sgd_momentum", SGD(learningRate: 0.05, momentum: 0.9)),
        ("sgd_nesterov", SGD(learningRate: 0.05, momentum: 0.9, nesterov: true)), ("rmsprop", RMSprop()),
        ("rmsprop_momentum", RMSprop(learningRate: 0.01, rho: 0.8, momentum: 0.5)),
        ("rmsprop_centered", RMSprop(learningRate: 0.01, momentum: 0.5, centered: true)), ("adam", Adam()),
        ("adam_amsgrad", Adam(learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-5, amsgrad: true)),
    ]

    /// Oracle: real Keras, six updates of 37 values. The gradients are given as sums that the scale divides.
    @Test("every optimizer", arguments: 0..<table.count, InstructionSet.available)
    func keras(_ number: Int, set: InstructionSet) throws {
        let (name, optimizer) = Self.table[number]
        try optimizer.validate()
        let known = try Npz.read(fixture("optimizers.npz"))
        let crew = try Crew(threads: 1, instructionSet: set)
        let graph = try Graph(sequence: [InputLayer([1]), Dense(37, useBias: false)])
        let arena = Arena(graph.weights)
        let parameter = arena.weights[0]
        parameter.value.assign(known["start"]!)
        let state = OptimizerState(
            for: optimizer, values: arena.values, pieces: [(0..<arena.values.count, arena.gradients)])
        for step in 0..<6 {
            parameter.gradient.assign(known["gradients"]!.row(step) * 8)
            state.update(piece: 0, scale: 1 / 8, on: crew)
            state.iterations += 1
            #expect(relativeError(parameter.value, known[name]!.row(step)) < 2e-6, "step \(step)")
        }
    }

    @Test("hyperparameters out of range are errors that name them")
    func ranges() {
        let bad: [(any Optimizer, String)] = [
            (SGD(learningRate: -1), "learningRate"), (SGD(learningRate: Double.nan), "learningRate"),
            (SGD(momentum: 1.5), "momentum"),
            (RMSprop(rho: 2), "rho"), (Adam(beta1: 1), "beta1"), (Adam(beta2: -0.1), "beta2"),
            (Adam(epsilon: -1), "epsilon"), (AdamW(beta1: 1), "beta1"), (AdamW(weightDecay: -1), "weightDecay"),
            (Adamax(beta2: 1), "beta2"), (Nadam(beta1: -1), "beta1"),
            (Adagrad(initialAccumulatorValue: -0.1), "initialAccumulatorValue"), (Adadelta(rho: 1.1), "rho"),
            (Lion(beta1: 0), "beta1"), (Ftrl(learningRatePower: 0.1), "learningRatePower"), (Ftrl(l1: -1), "l1"),
            (ScheduleFreeAdamW(beta1: 0), "beta1"), (ScheduleFreeAdamW(warmupSteps: -1), "warmupSteps"),
            (Lamb(beta2: 1), "beta2"), (Adafactor(beta2Decay: 0.1), "beta2Decay"),
            (Adafactor(clipThreshold: 0), "clipThreshold"), (Muon(adamBeta1: 1), "adamBeta1"),
            (Muon(nsSteps: -1), "nsSteps"), (Muon(adamWeightDecay: -1), "adamWeightDecay"),
            (Muon(excludeLayers: ["(last"]), "excludeLayers"), (LARS(momentum: 2), "momentum"),
            (LARS(trustCoefficient: -1), "trustCoefficient"),
            (SGD(useEma: true, emaMomentum: 1.5), "emaMomentum"),
            (Adam(useEma: true, emaOverwriteFrequency: 0), "emaOverwriteFrequency"),
        ]
        for (optimizer, argument) in bad {
            do {
                try optimizer.validate()
                Issue.record("\(optimizer) passed")
            } catch { #expect("\(error)".contains(argument)) }
        }
        let wrong = LayerError.compiled(
            "optimizer SGD", name: "excludedFromWeightDecay", requirement: "regular expressions", received: "(bias")
        #expect(throws: wrong) { try SGD().excludingFromWeightDecay(["bias", "(bias"]).validate() }
        #expect(throws: LayerError.unknownName(kind: "optimizer", known: Optimizers.names, received: "adan")) {
            try Optimizers.named("adan")
        }
    }
}
