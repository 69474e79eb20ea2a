import Foundation
import Lockstep
import TestSupport

/// A small job with every phase, in one of which something goes wrong: `cluster-checks fault PLACE ACTION RANK`.
struct FaultyJob {
    static let places = [
        "start", "begun", "data", "forward", "backward", "exchange", "sum", "evaluation", "saving", "end", "exit",
    ]

    let place: String
    let action: Fault.Action
    let rank: Int

    /// - Parameter arguments: PLACE ACTION RANK; without arguments, nothing goes wrong.
    init(_ arguments: [String]) {
        place = arguments.first ?? "none"
        rank = arguments.count > 2 ? Int(arguments[2])! : -1
        let text = arguments.count > 1 ? arguments[1] : "throw"
        switch text {
        case "throw": action = .throw
        case "trap": action = .trap
        case "kill": action = .kill
        case "stop": action = .stop
        case "exhaust": action = .exhaust
        default: action = text.hasPrefix("exit") ? .exit(Int32(text.dropFirst(4))!) : .delay(Double(text.dropFirst(5))!)
        }
    }

    /// This process's rank as the launcher says it, before MPI does.
    private static var launchedRank: Int { Int(ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_RANK"] ?? "0")! }

    func failIfHere(_ place: String) throws {
        if place == self.place, rank == Self.launchedRank { try Fault.perform(action) }
    }

    func run(on communicator: any Communicator) throws {
        try failIfHere("begun")
        let data = place == "data"
        let call: Activity.Call? = [
            "data": rank == 0 ? .send : .receive, "exchange": .exchange, "sum": .sum,
        ][place]
        let layerPlaces: [String: Fault.Place] = [
            "forward": .forward(5), "backward": .backward(5), "evaluation": .inference,
        ]
        let ranks: any Communicator =
            call.map {
                FaultyCommunicator(communicator, Fault(action, rank: rank, at: .call(place == "sum" ? 12 : 1, of: $0)))
            }
            ?? communicator
        // A rank that must fail while it waits in shared memory needs a late rank to wait for.
        let late = Fault(.delay(0.1), rank: (rank + 1) % communicator.size, at: .backward(5))
        let fault = place == "exchange" ? late : Fault(action, rank: rank, at: layerPlaces[place] ?? .forward(0))
        let model = Sequential(
            [
                Dense(32, activation: .relu, inputDim: 20),
                FaultyLayer(fault, rank: communicator.rank, name: "suspect"),
                BatchNormalization(),
                Dense(3, activation: .softmax),
            ], seed: 1, communicator: ranks)
        try model.compile(optimizer: .adam, loss: .categoricalCrossentropy)
        let x = Tensor.uniform([600, 20], low: -1, high: 1, seed: 1)
        let y = try toCategorical(Tensor((0..<600).map { Float($0 % 3) }))
        let has = !data || communicator.rank == 0
        try model.fit(has ? x : nil, has ? y : nil, epochs: 3, batchSize: 20, verbose: 0)
        try model.evaluate(x, y, verbose: 0)
        try failIfHere("saving")
        // No file: the write of a killed rank would leave a part of it, whoever ends the job.
        try Job.once { Thread.sleep(forTimeInterval: 0.05) }
        try failIfHere("end")
    }
}
