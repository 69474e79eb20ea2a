import Lockstep
import LockstepCommand
import Testing

/// The networks that trainers are measured with. Oracle: what `count_params` of the same networks gives in Keras.
@Suite struct NetworkTests {
    @Test(
        "the networks of benchmarks have Keras's parameters",
        arguments: [
            ("resnet50", 25_636_712), ("resnet50_64", 25_636_712), ("mobilenet_v2", 3_538_984),
            ("efficientnet_b0", 5_330_571), ("vgg16", 138_357_544), ("transformer", 1_677_834), ("gru", 61_962),
            ("bilstm", 163_338),
        ])
    func parameters(_ name: String, count: Int) throws {
        let workload = try #require(Workload.all.first { $0.name == name })
        let model = try workload.make(1, ExchangeOptions())
        #expect(try model.countParameters() == count)
    }
}
