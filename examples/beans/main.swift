import ArgumentParser
import Lockstep
import LockstepArguments

/// Learns which beans are poisonous: four sets of 100 beans with one model each, and the first set also with a
/// hand-written neuron.
struct Beans: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "beans",
        abstract: "Learns which beans are poisonous, on four sets of beans, and draws the results.",
        discussion: """
            Set 3 is the hard one: with about one seed in six, its two hidden neurons stay on a plateau for all 5000 epochs.
            Run it on two ranks with: launch/run -n 2 beans
            """)

    @Option(parsing: .unconditional, help: "Train only one set of beans.") var only: BeanSet?
    @Option(parsing: .unconditional, help: "Epochs to train each model.") var epochs = 5000
    @Option(
        parsing: .unconditional, help: "The seed of the beans, the initial weights and the shuffles; by default 4.",
        transform: parseSeed)
    var seed: UInt64 = 4
    @Option(help: "The folder for the pictures.") var output = "."

    func validate() throws { try checkCounts(atLeast: 0, ("--epochs", epochs)) }

    func run() throws { Job.run(learn) }

    private func learn() throws {
        for set in only.map({ [$0] }) ?? BeanSet.allCases {
            let (x, y) = try set.beans(seed: seed)
            if set == .large { try learnByHand(x, y) }

            let model = set.model(seed: seed)
            try model.compile(optimizer: SGD(learningRate: 0.05), loss: .mse, metrics: [.accuracy])
            try model.fit(x, y, epochs: epochs, batchSize: 10, verbose: 0)
            let scores = try model.evaluate(x, y, verbose: 0)
            let figure = try set.figure(x, y, model)
            let path = "\(output)/beans-\(set.rawValue).png"
            try Job.once { try figure.save(path) }
            Job.print("Set \(set.rawValue): \(scores), drawn: \(path)")
        }
    }

    private func learnByHand(_ x: Tensor, _ y: Tensor) throws {
        var neuron = Neuron(features: x.shape[1], seed: seed)
        try neuron.learn(x, y, passes: 500, learningRate: 0.01)
        let error = try neuron.error(x, y)
        Job.print("A neuron by hand on set 0: W \(neuron.weights.elements), B \(neuron.bias.elements), error \(error)")
    }
}

Beans.start()
