import { describeApp } from './contract.ts';
import { pythonApp } from './pythonApp.ts';

describeApp('Python', pythonApp);
