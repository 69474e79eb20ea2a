import Lockstep
import Testing

@Suite struct BudgetTests {
    /// Input, forward, backward, sum, update, wait and wire of each rank, in seconds.
    private func budget(_ shares: [[Double]], steps: Int = 10, slots: Int = 0, doubledWire: Double = 0) -> Budget {
        Budget(
            shares: shares.enumerated().map { Budget.Share(host: "node\($0)", parts: $1) }, steps: steps, slots: slots,
            doubledWire: doubledWire)
    }

    @Test("of too few steps it says so, and tells no numbers", arguments: [0, 1, 9])
    func few(steps: Int) {
        let lines = budget([[1, 2, 3, 0, 1, 3, 0]], steps: steps).lines
        #expect(lines == ["Budget of a step: too few steps to tell, \(steps) after the first; 10 are enough."])
        #expect(budget([[1, 2, 3, 0, 1, 3, 0]], steps: 10).lines.last?.hasPrefix("With 2 ranks") == true)
    }

    @Test("a step is the mean of the ranks, and the straggler the one that computes longest")
    func shares() {
        let budget = budget([[1, 2, 3, 0, 1, 3, 0], [1, 3, 4, 0, 1, 1, 0]])
        #expect(budget.step == 10 && budget.straggler == 1)
        #expect(budget.mean(.forward) == 2.5 && budget.mean(.wait) == 2)
        let lines = budget.lines
        #expect(lines[0] == "Budget of a step: 10000.000 ms on 2 ranks")
        #expect(lines.contains("Slowest: rank 1 on node1 computes 14.3 % longer than the mean."), "\(lines)")
    }

    /// Oracle: the arithmetic that the prediction's comment states, by hand.
    @Test("the prediction for twice the ranks")
    func prediction() {
        // Computing alone halves.
        #expect(budget([[1, 2, 5, 0, 0, 0, 0]]).doubledStep == 4)
        #expect(budget([[1, 2, 5, 0, 0, 0, 0]]).doubledEfficiency == 1)
        // SGD on one rank reads a gradient and reads and writes a value: 1 + 2; on two, half of 2 + 2.
        #expect(budget([[0, 0, 0, 0, 3, 0, 0]]).doubledStep == 2)
        // With messages of 6 s, of which half the backward pass hides 2.
        #expect(budget([[0, 4, 4, 0, 0, 0, 1], [0, 4, 4, 0, 0, 0, 1]], doubledWire: 6).doubledStep == 8)
        #expect(budget([[0, 4, 4, 0, 0, 0, 1], [0, 4, 4, 0, 0, 0, 1]], doubledWire: 0.5).doubledStep == 5)
    }
}
