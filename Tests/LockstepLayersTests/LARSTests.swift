import Foundation
import LockstepCompute
import LockstepGraph
import LockstepLayers
import TestSupport
import Testing

@Suite struct LARSTests {
    /// Oracle: the formulas of You et al. (2017) in double precision, weight by weight. The bias begins as zeros, and the
    /// last weight's gradient is 0 in some steps.
    @Test(
        "the paper's updates, in any slices", arguments: [(0, nil), (0.9, nil), (0.9, 0.05)], InstructionSet.available)
    func formula(_ arguments: (momentum: Double, decay: Double?), set: InstructionSet) throws {
        let (momentum, decay) = arguments
        let optimizer = LARS(
            learningRate: ExponentialDecay(0.5, decaySteps: 2, decayRate: 0.8), momentum: momentum,
            trustCoefficient: 0.02, weightDecay: decay
        ).excludingFromWeightDecay(["bias"])
        try optimizer.validate()
        let crew = try Crew(threads: 1, instructionSet: set)
        var bits: Tensor?
        for cuts in [[], [16], [16, 64, 96]] {
            let arena = try Arena(Graph(sequence: [InputLayer([9]), Dense(7), Dense(2, useBias: false)]).weights)
            arena.values.fill(0)
            for number in [0, 2] {
                arena.weights[number].value.assign(.normal(arena.weights[number].shape, seed: UInt64(number)))
            }
            var known = arena.weights.map { weight in
                weight.value.elements.map { (value: Double($0), momentum: 0.0) }
            }
            let bounds = [0] + cuts + [arena.values.count]
            let pieces = zip(bounds, bounds.dropFirst()).map { start, end in
                (range: start..<end, gradients: arena.gradients.part(at: start, shape: [end - start]))
            }
            let reach = try #require(UpdateReach(optimizer, arena))
            let state = OptimizerState(for: optimizer, values: arena.values, pieces: pieces, reach: reach)
            for step in 0..<6 {
                // What lies between weights means nothing.
                arena.gradients.fill(1e18)
                for (number, weight) in arena.weights.enumerated() {
                    weight.gradient.assign(.normal(weight.shape, seed: UInt64(10 * step + number)))
                    if number == 2, step < 2 { weight.gradient.fill(0) }
                }
                let rate = 0.5 * pow(0.8, Double(step) / 2)
                for (number, weight) in arena.weights.enumerated() {
                    let gradient = weight.gradient.elements.map { Double($0) / 8 }
                    func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
                    let (w, g) = (norm(known[number].map(\.value)), norm(gradient))
                    let beta = weight.name == "bias" ? 0 : decay ?? 0
                    let local = w > 0 && g > 0 ? 0.02 * w / (g + beta * w) : 1
                    for index in gradient.indices {
                        let (value, before) = known[number][index]
                        let change = momentum * before + rate * local * (gradient[index] + beta * value)
                        known[number][index] = (value - change, change)
                    }
                }
                state.begin(step: step, on: crew)
                for piece in pieces.indices { state.update(piece: piece, scale: 1 / 8, on: crew) }
                reach.ratios?.decide()
                for piece in pieces.indices { state.move(piece: piece, on: crew) }
                state.iterations += 1
                for (number, weight) in arena.weights.enumerated() {
                    let expected = try Tensor(known[number].map { Float($0.value) }, shape: weight.shape)
                    #expect(relativeError(weight.value, expected) < 2e-6, "step \(step), \(weight.name)")
                }
            }
            #expect(bits.map { sameBits($0, arena.values) } ?? true, "cut at \(cuts)")
            bits = arena.values.copy()
        }
    }

    @Test("in files it has a registered name")
    func registered() throws {
        let optimizer = LARS(learningRate: 0.3, momentum: 0.5, trustCoefficient: 0.01, weightDecay: 0.1)
        let written = try Optimizers.configuration(of: optimizer)
        #expect(written["registered_name"] == "lockstep>LARS" && written["module"] == "lockstep")
        let read = try Optimizers.configured(written)
        #expect(read.unsupported.isEmpty && comparedText(read.optimizer) == comparedText(optimizer))
        #expect(Optimizers.unknownToKeras(optimizer)?.contains("lockstep>LARS") == true)
        #expect(Optimizers.unknownToKeras(Lamb()) == nil)
    }
}
