package estate

import "slices"

// DBSnapshot is a snapshot of an instance taken by hand, or a copy of one.
type DBSnapshot struct {
	Resource `kind:"db_snapshot" var:"snapshot" tf:"aws_db_snapshot" aws:"rds:DBSnapshot" arn:"rds:{region}:{account}:snapshot:{name}"`

	Identifier Fact[string]     `name:"true" tf:"db_snapshot_identifier" aws:"DBSnapshotIdentifier"`
	Instance   Link[DBInstance] `tf:"db_instance_identifier" aws:"DBInstanceIdentifier"`
	// StorageEncrypted is the instance's; what Terraform configurations write here in its place is taken at its word.
	StorageEncrypted Fact[bool]   `tf:"encrypted" aws:"Encrypted"`
	KMSKey           Link[KMSKey] `tf:"kms_key_id" aws:"KmsKeyId"`
	// SharedWith are the accounts that may restore it; all means everyone.
	SharedWith Fact[Strings] `tf:"shared_accounts"`
}

// Encrypted reports whether the snapshot is encrypted.
func (s *DBSnapshot) Encrypted() Fact[bool] {
	if d := s.Instance.Target(); d != nil && s.StorageEncrypted.State == Absent {
		return d.StorageEncrypted
	}
	return snapshotEncryption(&s.StorageEncrypted, &s.Instance.Fact)
}

// Public reports whether everyone may restore the snapshot.
func (s *DBSnapshot) Public() Fact[bool] { return sharedWithAll(&s.SharedWith) }

// DBClusterSnapshot is a snapshot of a cluster taken by hand.
type DBClusterSnapshot struct {
	Resource `kind:"db_cluster_snapshot" var:"snapshot" tf:"aws_db_cluster_snapshot" aws:"rds:DBClusterSnapshot" arn:"rds:{region}:{account}:cluster-snapshot:{name}"`

	Identifier       Fact[string]    `name:"true" tf:"db_cluster_snapshot_identifier" aws:"DBClusterSnapshotIdentifier"`
	Cluster          Link[DBCluster] `tf:"db_cluster_identifier" aws:"DBClusterIdentifier"`
	StorageEncrypted Fact[bool]      `tf:"storage_encrypted" aws:"StorageEncrypted"`
	KMSKey           Link[KMSKey]    `tf:"kms_key_id" aws:"KmsKeyId"`
	SharedWith       Fact[Strings]   `tf:"shared_accounts"`
}

// Encrypted reports whether the snapshot is encrypted.
func (s *DBClusterSnapshot) Encrypted() Fact[bool] {
	if c := s.Cluster.Target(); c != nil && s.StorageEncrypted.State == Absent {
		return c.StorageEncrypted
	}
	return snapshotEncryption(&s.StorageEncrypted, &s.Cluster.Fact)
}

// Public reports whether everyone may restore the snapshot.
func (s *DBClusterSnapshot) Public() Fact[bool] { return sharedWithAll(&s.SharedWith) }

// DBSnapshotCopy is a copy of a snapshot, with a key and shares of its own.
type DBSnapshotCopy struct {
	Resource `kind:"db_snapshot_copy" var:"snapshot" tf:"aws_db_snapshot_copy,aws_rds_cluster_snapshot_copy"`

	Identifier Fact[string]  `name:"true" tf:"target_db_snapshot_identifier|aws_rds_cluster_snapshot_copy=target_db_cluster_snapshot_identifier"`
	Source     Fact[string]  `tf:"source_db_snapshot_identifier|aws_rds_cluster_snapshot_copy=source_db_cluster_snapshot_identifier"`
	KMSKey     Link[KMSKey]  `tf:"kms_key_id"`
	Region     Fact[string]  `tf:"destination_region"`
	SharedWith Fact[Strings] `tf:"shared_accounts"`
}

// CustomerKey reports whether the copy names a key the customer manages.
func (s *DBSnapshotCopy) CustomerKey() Fact[bool] { return customerKey(&s.KMSKey) }

// Public reports whether everyone may restore the copy.
func (s *DBSnapshotCopy) Public() Fact[bool] { return sharedWithAll(&s.SharedWith) }

// DBBackupReplication copies an instance's automated backups to another region.
type DBBackupReplication struct {
	Resource `kind:"db_backup_replication" var:"replication" tf:"aws_db_instance_automated_backups_replication"`

	Source        Link[DBInstance] `tf:"source_db_instance_arn"`
	RetentionDays Fact[int64]      `tf:"retention_period" tfdefault:"7"`
	KMSKey        Link[KMSKey]     `tf:"kms_key_id"`
}

// CustomerKey reports whether the copies name a key the customer manages.
func (r *DBBackupReplication) CustomerKey() Fact[bool] { return customerKey(&r.KMSKey) }

func sharedWithAll(f *Fact[Strings]) Fact[bool] {
	if f.State == Unknown {
		return UnknownLike[bool](f.Meta)
	}
	if slices.ContainsFunc(f.Value, func(s Fact[string]) bool { return s.State == Known && s.Value == "all" }) {
		return KnownFact(true, f.Origin)
	}
	if i := slices.IndexFunc(f.Value, func(s Fact[string]) bool { return s.State == Unknown }); i >= 0 {
		return UnknownLike[bool](f.Value[i].Meta)
	}
	return KnownFact(false, f.Origin)
}
