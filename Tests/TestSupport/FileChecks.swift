import Lockstep
import LockstepFormats

/// What reading files must not disturb.
let fileChecks: [Check] = [
    /// Oracle: the tree that was written, and the closed form of the message.
    Check("every rank reads HDF5, in a process of its own, while messages are on their way") { communicator in
        let next = (communicator.rank + 1) % communicator.size
        let previous = (communicator.rank + communicator.size - 1) % communicator.size
        var tree = HDF5Group(attributes: ["rank": .integers([communicator.rank])])
        tree.insert(HDF5Dataset(sample([100, 30], seed: UInt64(communicator.rank))), at: "layers/dense/vars/0")
        let bytes = try HDF5.encode(tree, file: "x.h5")
        for round in 0..<5 {
            let received = Tensor.zeros([70_000])
            let receipt =
                next == communicator.rank ? nil : try communicator.receive(into: received, from: previous, tag: 0)
            let sending =
                next == communicator.rank
                ? nil : try communicator.send(.full([70_000], Float(communicator.rank + round)), to: next, tag: 0)
            try expect(try HDF5.decode(bytes, file: "x.h5") == tree, "another tree is read")
            try expectThrow("a damaged file", { $0 is FormatError }) {
                _ = try HDF5.decode(Array(bytes.dropLast(99)), file: "x.h5")
            }
            try receipt?.wait()
            try sending?.wait()
            if receipt != nil {
                try expect(received == .full([70_000], Float(previous + round)), "another message from \(previous)")
            }
            try communicator.barrier()
        }
    }
]
