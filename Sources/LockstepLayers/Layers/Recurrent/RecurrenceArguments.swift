/// The arguments that Keras's recurrent layers have in common.
public struct RecurrenceArguments: ArgumentGroup {
    /// Whether the layer gives the output of every step, not only of the last one.
    @Configured public private(set) var returnSequences: Bool
    /// Whether the states after the last step are further outputs.
    @Configured public private(set) var returnState: Bool
    /// Whether the layer goes backwards through time. Output sequences have the same backward order.
    @Configured public private(set) var goBackwards: Bool
    /// Whether the states after a batch are those before the next one, until `resetStates`.
    @Configured public private(set) var stateful: Bool
    /// How Keras computes the layer. With a mask, an unrolled layer does not look at `zeroOutputForMask`.
    @Configured public private(set) var unroll: Bool
    /// Whether the output of a masked step is 0. By default it is the output of the step before.
    @Configured public internal(set) var zeroOutputForMask: Bool
}
