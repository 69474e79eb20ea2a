import LockstepCompute

/// A table of numbers, and what was recognised of it.
public struct CsvTable: Sendable {
    /// `[rows, columns]`.
    public internal(set) var values: Tensor
    /// The classes whose names its only column held; nil if it held numbers.
    public internal(set) var classes: ClassNames?
    /// What is to be said of it: a line that was taken for a header, a column or lines that were left out. None names
    /// the file.
    public internal(set) var notes: [String]
}
