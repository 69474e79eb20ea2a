import LockstepCompute
import TestSupport
import Testing

@Suite struct TensorTests {
    @Test("constructors give what NumPy's give")
    func constructors() throws {
        #expect(Tensor.linspace(-1, 1, count: 5).elements == [-1, -0.5, 0, 0.5, 1])
        #expect(Tensor.linspace(3, 9, count: 1).elements == [3])
        #expect(Tensor.linspace(0, 1, count: 0).elements == [])
        #expect(Tensor.arange(3).elements == [0, 1, 2])
        #expect(Tensor.arange(1, 2.1, step: 0.5).elements == [1, 1.5, 2])
        #expect(Tensor.arange(5, 1, step: -2).elements == [5, 3])
        #expect(Tensor.arange(2, 2).elements == [])
        #expect(Tensor.ones([2, 2]).elements == [1, 1, 1, 1])
        #expect(Tensor.normal([100], seed: 4) == Tensor.normal([100], seed: 4))
        #expect(Tensor.normal([100], seed: 4) != Tensor.normal([100], seed: 5))
    }

    @Test("buffers are aligned to 64 bytes")
    func alignment() {
        for count in [0, 1, 17, 1000] { #expect(UInt(bitPattern: FloatBuffer(count: count).pointer) % 64 == 0) }
    }

    @Test("slices share elements, copies do not")
    func views() throws {
        let x = try Tensor(rows: [[1, 2], [3, 4], [5, 6]])
        let tail = x.rows(1..<3)
        let copy = tail.copy()
        tail[0, 1] = 9
        #expect(x[1, 1] == 9)
        #expect(copy[0, 1] == 4)
        #expect(x.row(2).elements == [5, 6])
        #expect(x.gathered([2, 0, 2]) == (try Tensor(rows: [[5, 6], [1, 2], [5, 6]])))
        #expect(x.columns(1..<2) == (try Tensor(rows: [[2], [9], [6]])))
        #expect(try Tensor.concatenated([x.rows(0..<1), tail]) == x)
        #expect(try x.reshaped([2, 3]).row(1).elements == [9, 5, 6])
    }

    @Test("shuffling keeps inputs and targets together")
    func shuffling() throws {
        let x = Tensor.arange(50)
        let (a, b) = try shuffle(x, x * 2, seed: 3)
        #expect(a * 2 == b)
        #expect(a != x)
        #expect(a.elements.sorted() == x.elements)
        #expect(throws: ComputeError.rowCounts(50, 49)) { try shuffle(x, x.rows(0..<49), seed: 1) }
    }

    @Test("arithmetic, with rows and single elements spread")
    func arithmetic() throws {
        let x = try Tensor(rows: [[1, 2], [3, 4]])
        #expect((x + Tensor([10, 20])).elements == [11, 22, 13, 24])
        #expect((x * Tensor([2])).elements == [2, 4, 6, 8])
        #expect((1 - x / 2).elements == [0.5, 0, -0.5, -1])
        #expect((-x).sum == -10)
        #expect(x.mean == 2.5)
        #expect(x.transposed == (try Tensor(rows: [[1, 3], [2, 4]])))
        #expect(try Tensor(rows: [[1, 3, 3], [5, 0, 1]]).argmaxOfRows == [1, 0])
        #expect(try ActivationFunction.sigmoid(Tensor([0])).elements == [0.5])
    }

    @Test("one-hot rows")
    func categories() throws {
        #expect(try toCategorical(Tensor([1, 0, 2])) == Tensor(rows: [[0, 1, 0], [1, 0, 0], [0, 0, 1]]))
        #expect(try toCategorical(Tensor([1]), classes: 4).shape == [1, 4])
        #expect(throws: ComputeError.label(row: 1, classes: 2, received: 2)) {
            try toCategorical(Tensor([1, 2]), classes: 2)
        }
        #expect(throws: ComputeError.self) { try toCategorical(Tensor([.infinity, 1])) }
        #expect(throws: ComputeError.self) { try toCategorical(Tensor([.nan])) }
        #expect(throws: ComputeError.label(row: 0, classes: 2, received: 0.5)) { try toCategorical(Tensor([0.5, 1])) }
    }

    /// Oracle: a loop over the elements.
    @Test(
        "the first element outside a range, NaN and infinities among them", arguments: [0, 1, 1023, 1024, 1025, 5000])
    func outside(count: Int) {
        for (position, value) in [
            (0, Float.nan), (count / 2, -Float.nan), (count - 1, .infinity), (count - 1, 1.5), (count / 3, -0.001),
        ] {
            let x = Tensor.uniform([count], seed: 1)
            if count > 0 { x[position] = value }
            let expected = (0..<count).first { !(x[$0] >= 0 && x[$0] <= 1) }
            #expect(x.firstElement(outside: 0...1) == expected && expected == (count > 0 ? position : nil))
            #expect(x.firstNotFinite == (0..<count).first { !x[$0].isFinite })
        }
    }

    @Test("places of elements by row and column")
    func places() {
        for (shape, position, place) in [
            ([], 0, "row 0"), ([5], 3, "row 3"), ([5, 2], 7, "row 3, column 1"),
            ([2, 3, 4], 23, "row 1, place [2, 3]"),
        ] as [(Shape, Int, String)] { #expect(Tensor.zeros(shape).place(of: position) == place) }
    }

    @Test("what is no number has no sign")
    func plain() {
        #expect([Float.nan, -.nan, 1, -.infinity].map(\.plainDescription) == ["nan", "nan", "1.0", "-inf"])
        #expect("\(Tensor([-.nan]))" == "Tensor[1](nan)")
    }

    /// Oracle: 16777217 is 16777216 as a float, so neither names a row.
    @Test("whole numbers that floats cannot tell apart name no row and no class")
    func wholeNumbers() {
        let rows = wholeNumberLimit + 2
        let (table, out) = (Tensor.zeros([rows, 1]), Tensor.zeros([2, 1]))
        table[rows - 3, 0] = 7
        #expect(table.lookUp(Tensor([16_777_215, Float(wholeNumberLimit + 1)]), into: out) == 1)
        #expect(out.elements == [7, 0])
        #expect(throws: ComputeError.label(row: 0, classes: rows, received: 16_777_216)) {
            try toCategorical(Tensor([Float(wholeNumberLimit + 1)]), classes: rows)
        }
    }

    @Test("wrong shapes are errors that say what was received")
    func wrong() {
        #expect(throws: ComputeError.elementCount(shape: [2, 2], received: 3)) {
            try Tensor([1, 2, 3], shape: [2, 2])
        }
        #expect(throws: ComputeError.raggedRows(expected: 2, received: 1)) { try Tensor(rows: [[1, 2], [3]]) }
        #expect(throws: ComputeError.elementCount(shape: [7], received: 6)) { try Tensor.zeros([2, 3]).reshaped([7]) }
        #expect("\(ComputeError.productShapes([3, 2], [3, 2]))".contains("[3, 2] and [3, 2]"))
    }
}
