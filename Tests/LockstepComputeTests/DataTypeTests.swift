import LockstepCompute
import Testing

/// int32 tensors. Oracle: the same on Swift's `Int32`.
@Suite struct DataTypeTests {
    private let numbers: [Int32] = [16_777_217, -1, 0, .max, .min, 3]

    @Test("views, copies and selections keep type and bits")
    func bits() throws {
        let tensor = try Tensor(integers: numbers, shape: [3, 2])
        #expect(tensor.type == .int32 && tensor.integers == numbers && tensor == tensor.copy())
        #expect(tensor.rows(1..<3).integers == Array(numbers[2...]))
        #expect(tensor.row(1).integers == [0, .max])
        #expect(tensor.columns(1..<2).integers == [-1, .max, 3])
        #expect(tensor.gathered([2, 0]).integers == [.min, 3, 16_777_217, -1])
        #expect(tensor.transposed.integers == [16_777_217, 0, .min, -1, .max, 3])
        #expect(try tensor.reshaped([6]).integers == numbers)
        #expect(try Tensor.concatenated([tensor, tensor]).integers == numbers + numbers)
        #expect(tensor.shuffled(seed: 1).integers.sorted() == numbers.sorted())
        #expect(tensor != tensor.map { $0 }, "the types differ")
        #expect(tensor.firstNotFinite == nil && tensor.isFinite, "−1 has the bits of a NaN")
        tensor.fill(-7)
        tensor[1] = 5
        #expect(tensor.integers == [-7, 5, -7, -7, -7, -7] && tensor[1] == 5 && tensor.sum == -30)
        #expect("\(tensor)" == "Tensor[3, 2](-7, 5, -7, -7, -7, -7)")
        #expect((tensor / 2).elements == [-3.5, 2.5, -3.5, -3.5, -3.5, -3.5])
        #expect(throws: ComputeError.elementCount(shape: [4], received: 6)) {
            try Tensor(integers: numbers, shape: [4])
        }
    }

    @Test("a conversion changes no number")
    func conversions() throws {
        let held = try Tensor(integers: [16_777_216, -16_777_216, 0, 9], shape: [4])
        #expect(try held.converted(to: .float32).elements == [16_777_216, -16_777_216, 0, 9])
        #expect(try Tensor([16_777_215, -3, 0]).converted(to: .int32).integers == [16_777_215, -3, 0])
        #expect(throws: ComputeError.notOfType(.float32, place: "row 1, column 0", received: 16_777_217)) {
            try Tensor(integers: [1, 16_777_217], shape: [2, 1]).converted(to: .float32)
        }
        for wrong: Float in [0.5, .nan, .infinity, 16_777_216, 3e9] {
            #expect(throws: ComputeError.self, "\(wrong)") { try Tensor([1, wrong]).converted(to: .int32) }
        }
    }
}
