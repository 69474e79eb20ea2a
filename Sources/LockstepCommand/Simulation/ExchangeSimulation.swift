import Lockstep

/// A simulation of `HierarchicalExchange` on a model of a cluster. It has the same buckets, segments, schedules and
/// order. Only times are computed.
package struct ExchangeSimulation {
    let cluster: SimulatedCluster
    let work: StepWork
    let options: ExchangeOptions
    let buckets: [Range<Int>]
    /// The reductions over nodes; empty for one node.
    let flows: [SimulatedFlow]

    package init(_ work: StepWork, on cluster: SimulatedCluster, options: ExchangeOptions = ExchangeOptions()) {
        self.cluster = cluster
        self.work = work
        self.options = options
        let nodeSizes = cluster.nodeSizes
        let size =
            options.bucketBytes.map { $0 / MemoryLayout<Float>.stride }
            ?? (nodeSizes.count > 1 ? cluster.link.bucketSize : ExchangeOptions.nodeBucketSize * nodeSizes[0])
        buckets = LockstepCluster.buckets(starts: work.starts, count: work.count, size: size)
        flows =
            nodeSizes.count > 1
            ? SimulatedFlow.all(work, buckets: buckets, nodeSizes: nodeSizes, options: options, link: cluster.link) : []
    }

    /// Simulates a step.
    ///
    /// - Parameter number: the number of the step, which decides each rank's random slowness.
    package func step(seed: UInt64 = 0, number: Int = 0) -> SimulatedStep {
        var play = StepPlay(self, slowness: cluster.slowness(seed: seed, step: number))
        return play.run()
    }
}
