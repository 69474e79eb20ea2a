import Lockstep

/// Faults that a job survives, or that end it in the same way on all ranks. Programs under mpirun check faults that
/// kill a job. Other tests check stalls, because they need not wait long for them.
let faultChecks: [Check] =
    [
        Check("a rank that is late changes no result") { communicator in
            let (x, y) = task(samples: 61)
            for kind in [Activity.Call.sum, .broadcast, .exchange] {
                let fault = Fault(.delay(0.05), rank: communicator.size - 1, at: .call(2, of: kind))
                let late = try outcome(FaultyCommunicator(communicator, fault), x, y)
                try matches(late, try outcome(SingleProcess(), x, y), on: communicator)
            }
        },
        Check("an error in a layer of one rank names the rank and its host on all") { communicator in
            let last = communicator.size - 1
            for place in [Fault.Place.forward(2), .inference] {
                let model = try faultyModel(communicator, Fault(.throw, rank: last, at: place))
                let (x, y) = task(samples: 61)
                func isExpected(_ error: any Error) -> Bool {
                    "\(error)".contains("layer 'suspect': the inputs must be without an injected fault")
                        && (communicator.rank == last
                            || "\(error)".contains("on rank \(last) on \(communicator.host): "))
                }
                try expectThrow("the layer's error", isExpected) {
                    try model.fit(x, y, batchSize: 8, verbose: 0, validationSplit: 0.25)
                }
                try communicator.barrier()
            }
        },
        Check("a corrupted sum is wrong on its rank alone") { communicator in
            let last = communicator.size - 1
            let faulty = FaultyCommunicator(communicator, Fault(.corrupt, rank: last, at: .call(2, of: .sum)))
            for call in 1...3 {
                let tensor = Tensor.full([5], 1)
                try faulty.allReduceSum(tensor)
                let isWrong = tensor != .full([5], Float(communicator.size))
                try expect(isWrong == (call == 2 && communicator.rank == last), "call \(call): \(tensor)")
            }
        },
        Check("a gradient that was corrupted on its way to one rank is found at the end of the epoch") { communicator in
            guard communicator.size > 1 else { return }
            let (x, y) = task(samples: 20)
            let last = communicator.size - 1
            /// Trains for an epoch with a wrong number in one sum; returns how many sums there were.
            func train(wrong call: Int) throws -> Int {
                let faulty = FaultyCommunicator(communicator, Fault(.corrupt, rank: last, at: .call(call, of: .sum)))
                _ = try classifier(faulty, features: 6, classes: 3, exchange: ExchangeOptions(strategy: .allReduce))
                    .fit(x, y, verbose: 0)
                return faulty.calls
            }
            // After the sum of the last gradients there is one more sum, for the comparison.
            let calls = Int(
                try communicator.shareAll(Array("\(train(wrong: .max))".utf8)).map {
                    String(decoding: $0, as: UTF8.self)
                }[last])!
            try expectThrow(
                "weightsDiffer",
                { $0 as? TrainingError == .weightsDiffer(epoch: 0, ranks: [last], hosts: [communicator.host]) }
            ) {
                _ = try train(wrong: calls - 1)
            }
            try communicator.barrier()
        },
        Check("what a rank is doing is known while it does it") { communicator in
            let model = try faultyModel(communicator, Fault(.corrupt, rank: -1, at: .forward(0)))
            let (x, y) = task(samples: 20)
            let calls = communicator.activity.reading.calls
            try model.fit(x, y, epochs: 2, batchSize: 8, verbose: 0)
            let reading = communicator.activity.reading
            try expect(reading.phase == .program && reading.call == .none, "after fit: \(reading)")
            try expect(communicator.size == 1 || reading.calls > calls, "\(reading.calls) calls")
            // Only collective calls are counted, so all ranks count the same.
            let all = try communicator.shareAll(Array("\(reading.calls - calls)".utf8))
            try expect(
                all.allSatisfy { $0 == all[0] }, "ranks count \(all.map { String(decoding: $0, as: UTF8.self) }) calls")
        },
    ]

/// A model with a layer that has a fault. The layer is named `suspect`.
package func faultyModel(_ communicator: any Communicator, _ fault: Fault) throws -> Sequential {
    let model = Sequential(
        [
            Dense(8, activation: .relu, inputDim: 6), FaultyLayer(fault, rank: communicator.rank, name: "suspect"),
            Dense(3, activation: .softmax),
        ], seed: 1, communicator: communicator)
    try model.compile(optimizer: .sgd, loss: .categoricalCrossentropy)
    return model
}
