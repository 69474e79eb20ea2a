import Lockstep
import LockstepCommand
import Testing

/// Small models train as fast as a step is short, so no operation may slip in unseen.
///
/// Oracle: counted by hand. A Dense or Conv2D is one operation with its bias and activation. Where the loss takes
/// logits, the last activation is one more, without a backward. Pooling, dropout and an LSTM
/// over all its steps are one each. A Flatten is none in forward; in backward it stands in the list and computes
/// nothing.
@Suite struct PlanLengthTests {
    @Test(
        "the operations of a training step of the benchmark models",
        arguments: [
            ("seed_line", 1, 1), ("beans", 2, 2), ("people", 3, 2), ("mlp", 4, 3), ("cnn", 7, 7), ("lstm", 3, 2),
        ])
    func lengths(_ name: String, forward: Int, backward: Int) throws {
        let workload = try #require(Workload.all.first { $0.name == name })
        let model = try workload.make(1, ExchangeOptions())
        let (x, y) = try workload.data(4)
        try model.trainOnBatch(x, y)
        let lengths = try #require(model.planLengths(rows: 4))
        #expect(lengths.forward == forward && lengths.backward == backward, "\(lengths)")
    }
}
