/// Where a `fit` is.
struct FitPosition {
    /// The epoch under way, or the next.
    var epoch: Int
    /// How many of its steps are done.
    var step = 0
    /// The steps of all training before the epoch, which key the order of its samples.
    var stepsBefore = 0
    /// The sums of loss and metrics over the epoch's rows so far.
    var sums: [Double]
    var history: History
    /// Whether a callback has ended the training.
    var isStopped = false

    /// At the beginning of the epoch behind this one.
    mutating func advance() {
        epoch += 1
        step = 0
        for index in sums.indices { sums[index] = 0 }
    }
}
