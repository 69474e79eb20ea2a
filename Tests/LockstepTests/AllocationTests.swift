import AllocationCounter
import Lockstep
import TestSupport
import Testing

@Suite(.serialized) struct AllocationTests {
    /// Oracle: the C library's allocations, counted. An epoch allocates for itself (its order, its record), so the epochs of a fit with
    /// many steps are compared with those of a fit with few: what a step allocates would show as a difference.
    @Test("a training step after the first allocates nothing", arguments: [1, 2])
    func steps(threads: Int) throws {
        func allocations(samples: Int) throws -> Int {
            let model = Sequential(
                [
                    Dense(64, activation: .relu, inputDim: 20), Dropout(0.2), Dense(32, activation: .gelu), Flatten(), Dense(3),
                    Activation(.softmax),
                ], seed: 1, communicator: SingleProcess())
            model.givenThreads = threads
            try model.compile(optimizer: .adam, loss: .categoricalCrossentropy, metrics: [.accuracy])
            let x = sample([samples, 20], seed: 1)
            let y = try toCategorical(Tensor((0..<samples).map { Float($0 % 3) }))
            try model.fit(x, y, epochs: 2, batchSize: 10, verbose: 0, shuffle: false)
            let before = allocation_count()
            try model.fit(x, y, epochs: 1, batchSize: 10, verbose: 0, shuffle: false)
            return allocation_count() - before
        }
        // Other tests run beside this one and allocate too: take the least of several.
        var extra = Int.max
        for _ in 0..<20 where extra > 0 { extra = min(extra, try allocations(samples: 4000) - allocations(samples: 40)) }
        #expect(extra <= 0, "396 steps more allocate \(extra) times more")
    }

    @Test("the counter counts")
    func counts() {
        let before = allocation_count()
        for _ in 0..<100 { _ = FloatBuffer(count: 10) }
        #expect(allocation_count() - before >= 100)
    }
}
