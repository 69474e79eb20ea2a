import Lockstep

/// What `Communicator` promises. Oracles: closed forms of the rank.
let communicatorChecks: [Check] = [
    Check("barrier and membership") { communicator in
        try expect(
            (0..<communicator.size).contains(communicator.rank), "rank \(communicator.rank) of \(communicator.size)")
        try expect(!communicator.host.isEmpty, "a host without a name")
        for _ in 0..<3 { try communicator.barrier() }
    },
    Check("broadcast of floats from every root") { communicator in
        for count in [0, 1, 5, 1000, 70_001] {
            for root in 0..<communicator.size {
                let tensor = Tensor.full([count], Float(communicator.rank + 10))
                try communicator.broadcast(tensor, from: root)
                try expect(tensor == .full([count], Float(root + 10)), "\(count) floats from \(root)")
            }
        }
    },
    Check("sum of floats, the same bits on all ranks") { communicator in
        for count in [0, 1, 5, 1000, 70_001] {
            let own = sample([count], seed: UInt64(communicator.rank))
            let sum = own.copy()
            try communicator.allReduceSum(sum)
            var expected = [Double](repeating: 0, count: count)
            for rank in 0..<communicator.size {
                for (index, value) in sample([count], seed: UInt64(rank)).elements.enumerated() {
                    expected[index] += Double(value)
                }
            }
            try expect(
                count == 0 || relativeError(sum.elements.map(Double.init), expected) < 1e-6, "sum of \(count) floats")
            let all = try communicator.shareAll(sum.elements.flatMap { withUnsafeBytes(of: $0.bitPattern, Array.init) })
            try expect(all.allSatisfy { $0 == all[0] }, "ranks hold different bits of \(count) floats")
        }
    },
    Check("sum of doubles") { communicator in
        var values = [1.0, Double(communicator.rank), 0.5]
        try communicator.allReduceSum(&values)
        let size = Double(communicator.size)
        try expect(values == [size, size * (size - 1) / 2, 0.5 * size], "received: \(values)")
        var none: [Double] = []
        try communicator.allReduceSum(&none)
    },
    Check("gathering rows of different numbers, none among them") { communicator in
        let counts = (0..<communicator.size).map { $0 % 3 * 4 }
        let own = Tensor.full([counts[communicator.rank]], Float(communicator.rank))
        let whole = Tensor.zeros([counts.reduce(0, +)])
        try communicator.allGather(own, counts: counts, into: whole)
        let expected = counts.enumerated().flatMap { [Float](repeating: Float($0), count: $1) }
        try expect(whole.elements == expected, "received: \(whole.elements)")
    },
    Check("sharing bytes of different lengths") { communicator in
        let own = [UInt8](repeating: UInt8(communicator.rank), count: communicator.rank * 3)
        let all = try communicator.shareAll(own)
        try expect(
            all == (0..<communicator.size).map { [UInt8](repeating: UInt8($0), count: $0 * 3) }, "received: \(all)")
        let root = communicator.size - 1
        try expect(try communicator.share(own, from: root) == all[root], "bytes of rank \(root)")
    },
    Check("messages arrive in order") { communicator in
        let (next, previous) = (
            (communicator.rank + 1) % communicator.size, (communicator.rank + communicator.size - 1) % communicator.size
        )
        guard next != communicator.rank else { return }
        let received = (0..<3).map { Tensor.zeros([$0 * 500]) }
        let receipts = try received.map { try communicator.receive(into: $0, from: previous, tag: 0) }
        let sendings = try (0..<3).map {
            try communicator.send(.full([$0 * 500], Float(communicator.rank * 3 + $0)), to: next, tag: 0)
        }
        // The order in which transfers are asked about does not matter.
        for transfer in (receipts + sendings).reversed() { try transfer.wait() }
        for (index, tensor) in received.enumerated() {
            try expect(tensor == .full([index * 500], Float(previous * 3 + index)), "message \(index) from \(previous)")
        }
    },
]
